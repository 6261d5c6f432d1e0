"""Shared by the stand-ins of Python packages: they send the same request as the real method."""

import json
import urllib.request
from types import SimpleNamespace


def to_object(value):
    if isinstance(value, dict):
        return SimpleNamespace(**{name: to_object(item) for name, item in value.items()})
    return [to_object(item) for item in value] if isinstance(value, list) else value


def check(named, known):
    """A name that the real method does not know is the error that it would be there."""
    unknown = [name for name in named if name not in known]
    if unknown:
        raise TypeError(f"create() got an unexpected keyword argument '{unknown[0]}'")


def post(address, body, headers):
    request = urllib.request.Request(address, data=json.dumps(body).encode(), headers={"content-type": "application/json", **headers})
    return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request)


def events(answer):
    for line in answer:
        if line.startswith(b"data: ") and line.strip() != b"data: [DONE]":
            yield json.loads(line[6:])
