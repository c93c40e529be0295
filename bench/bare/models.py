"""The twin of our contacts in the clear, and keys by their hash."""

from __future__ import annotations

from uuid import uuid4

from django.db import models


class Key(models.Model):
    key_hash = models.BinaryField(unique=True)
    account_id = models.UUIDField()

    is_authenticated = True

    def __str__(self) -> str:
        return str(self.pk)


class Contact(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    account_id = models.UUIDField()
    address_book = models.UUIDField()
    name = models.CharField(max_length=100, blank=True)
    company = models.CharField(max_length=100, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=32, blank=True)
    fax = models.CharField(max_length=32, blank=True)
    lines = models.JSONField(default=list)
    district = models.CharField(max_length=60, blank=True)
    city = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=60, blank=True)
    postcode = models.CharField(max_length=16, blank=True)
    country = models.CharField(max_length=2)
    local_name = models.CharField(max_length=100, blank=True)
    local_lines = models.JSONField(default=list)
    can_send = models.BooleanField(default=False)
    can_receive = models.BooleanField(default=True)
    tags = models.JSONField(default=list)
    notes = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        indexes = [models.Index(fields=["account_id", "address_book", "-created_at", "-id"], name="bare_by_age")]

    def __str__(self) -> str:
        return str(self.pk)
