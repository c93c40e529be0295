from django.urls import path

from bench.bare import views

urlpatterns = [
    path("api/v1/address-books/<uuid:book_id>/contacts/", views.ContactsView.as_view()),
    path("api/v1/contacts/<uuid:pk>/", views.ContactView.as_view()),
]
