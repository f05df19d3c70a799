"""Every page has its picture in the documentation, and every picture is of a page."""

import pytest
from screenshots import FOLDER, LOOKS, NO_PAGES, PICTURES
from werkzeug.exceptions import NotFound
from werkzeug.routing import RequestRedirect

import app

MOST = 6_000_000  # bytes, of all pictures


def is_no_page(endpoint: str) -> bool:
    return endpoint.endswith("static") or endpoint in NO_PAGES or endpoint.partition(".")[0] in NO_PAGES


@pytest.fixture
def routes(settings):
    return app.create_app(settings).url_map


def end_point(routes, picture):
    path = picture.address.partition("?")[0]
    try:
        return routes.bind("localhost").match(path)[0]
    except (NotFound, RequestRedirect):
        pytest.fail(f"{picture.name}: there is no page {path}")


def test_every_page_has_a_picture_or_a_reason_for_none(routes):
    shown = {end_point(routes, picture) for picture in PICTURES}
    asked = {rule.endpoint for rule in routes.iter_rules() if "GET" in (rule.methods or ())}

    assert {name for name in asked - shown if not is_no_page(name)} == set(), "one line in tests/screenshots.py each"


def test_every_reason_is_of_something_that_is_there(routes):
    endpoints = {rule.endpoint for rule in routes.iter_rules()}
    assert NO_PAGES.keys() <= endpoints | {name.partition(".")[0] for name in endpoints}


def test_the_pictures_are_those_of_the_list_and_small_enough():
    taken = {path.name: path.stat().st_size for path in FOLDER.iterdir()}

    assert taken.keys() == {f"{picture.name}{ending}.png" for picture in PICTURES for ending, *_ in LOOKS}
    assert sum(taken.values()) < MOST
