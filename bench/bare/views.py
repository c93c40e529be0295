"""Views as DRF's tutorial writes them: a model serializer, a filtered queryset, a cursor."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import generics, serializers

from bench.bare.models import Contact


class ContactSerializer(serializers.ModelSerializer[Contact]):
    warnings = serializers.SerializerMethodField()

    class Meta:
        model = Contact
        exclude = ["account_id"]
        read_only_fields = ["address_book"]

    def get_warnings(self, contact: Contact) -> list[str]:
        return []


class ContactsView(generics.ListCreateAPIView[Contact]):
    serializer_class = ContactSerializer

    def get_queryset(self) -> QuerySet[Contact]:
        return Contact.objects.filter(account_id=self.request.auth.account_id, address_book=self.kwargs["book_id"])

    def perform_create(self, serializer: Any) -> None:
        serializer.save(account_id=self.request.auth.account_id, address_book=self.kwargs["book_id"])


class ContactView(generics.RetrieveAPIView[Contact]):
    serializer_class = ContactSerializer

    def get_queryset(self) -> QuerySet[Contact]:
        return Contact.objects.filter(account_id=self.request.auth.account_id)
