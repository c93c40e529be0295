"""Shipping to many recipients at once: put together, checked and priced, made as drafts, booked by a task."""
