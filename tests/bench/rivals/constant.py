"""The ceiling: a Flask route that reads the carrier's form and answers a constant."""

from flask import Flask, Response, request

app = Flask(__name__)


@app.post("/voice", defaults={"path": ""})
@app.post("/voice/<path:path>")
def voice(path: str) -> Response:
    text = f"<Response><Say>{len(request.form)}</Say></Response>"
    return Response(text, content_type="text/xml; charset=utf-8")
