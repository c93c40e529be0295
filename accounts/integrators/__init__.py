"""Integrators: businesses whose shops and programs speak SOAP for people who have let them, and the links between."""
