"""The numbers of a day: what a webhook adds to them, what they tell together, and the page that draws them.

Only counts, by the hour: nothing here knows who called or what was keyed.
"""
