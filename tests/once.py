"""What comes out the same each time is worked out once in a process of tests; it takes a good part of their time."""

from __future__ import annotations

import pickle
import tomllib
from functools import cache, lru_cache

import pytest
from werkzeug.routing import Rule

from activation_core import short_signature


def pairings(patch: pytest.MonkeyPatch) -> None:
    """What was signed here is known to be right: one secret and one message have exactly one signature.

    Whatever else is claimed is paired, and so is all of test_short_signature.py and of processes of their own.
    """
    sign, verify, verify_all = short_signature.sign, short_signature.verify, short_signature.verify_all
    public_key, verify_once, verify_all_once = cache(short_signature.public_key), cache(verify), cache(verify_all)
    signers: dict[tuple[bytes, int, bytes], int] = {}

    def sign_and_remember(secret, message, tag, **chance):
        signature = sign(secret, message, tag, **chance)
        signers[message, signature, tag] = secret
        return signature

    def is_known(key, message, signature, tag):
        signer = signers.get((message, signature, tag))
        return signer is not None and public_key(signer) == key

    def verify_unknown(key, message, signature, tag):
        return is_known(key, message, signature, tag) or verify_once(key, message, signature, tag)

    def verify_all_unknown(signed, tag):
        return verify_all_once(tuple(each for each in signed if not is_known(*each, tag)), tag)

    patch.setattr(short_signature, "public_key", public_key)
    patch.setattr(short_signature, "sign", sign_and_remember)
    patch.setattr(short_signature, "verify", verify_unknown)
    patch.setattr(short_signature, "verify_all", verify_all_unknown)


def data_files(patch: pytest.MonkeyPatch) -> None:
    """The files of data, by what stands in them."""
    loads = tomllib.loads
    pickled = lru_cache(64)(lambda text: pickle.dumps(loads(text)))
    patch.setattr(tomllib, "loads", lambda text: pickle.loads(pickled(text)))


def routes(patch: pytest.MonkeyPatch) -> None:
    """How an address is built from a route: code of Python, which werkzeug writes and compiles for each application."""
    compile_builder = Rule._compile_builder
    builders = {}

    def compile_once(rule, append_unknown=True):
        if rule.defaults:
            return compile_builder(rule, append_unknown)
        written = (*rule._trace, append_unknown)
        if written not in builders:
            builders[written] = compile_builder(rule, append_unknown)
        return builders[written]

    patch.setattr(Rule, "_compile_builder", compile_once)
