"""Signing in with one's company: OpenID Connect for a business, by the operator's setting.

`providers` knows which companies there are, `client` speaks with their providers, `admission` decides who may come in,
and `sessions` says what such a session may do: act in that company's account, and in nothing else of its person's.
"""
