"""Webhooks: a program is told when a shipment is booked, cancelled or moves, signed as Standard Webhooks 1.0.0 says.

What happens is a row (`events`), written with what it tells of; a worker sends it (`working`) until it is taken.
"""
