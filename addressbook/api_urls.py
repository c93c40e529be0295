"""Paths under /api/v1/. Ids are plain text here: a malformed one is as unknown as any other."""

from django.urls import path

from addressbook import api, export_api, import_api, parse_api

urlpatterns = [
    path("address-books/", api.BooksView.as_view(), name="api-address-books"),
    path("address-books/<str:book_id>/", api.BookView.as_view(), name="api-address-book"),
    path("address-books/<str:book_id>/contacts/", api.ContactsView.as_view(), name="api-contacts"),
    path("address-books/<str:book_id>/contacts/search/", api.ContactSearchView.as_view(), name="api-contact-search"),
    path("address-books/<str:book_id>/exports/", export_api.ExportsView.as_view(), name="api-exports"),
    path("exports/<str:export_id>/", export_api.ExportView.as_view(), name="api-export"),
    path("exports/<str:export_id>/file/", export_api.ExportFileView.as_view(), name="api-export-file"),
    path("address-books/<str:book_id>/imports/", import_api.ImportsView.as_view(), name="api-imports"),
    path("imports/<str:import_id>/", import_api.ImportView.as_view(), name="api-import"),
    path("imports/<str:import_id>/commit/", import_api.ImportCommitView.as_view(), name="api-import-commit"),
    path("imports/<str:import_id>/undo/", import_api.ImportUndoView.as_view(), name="api-import-undo"),
    path("imports/<str:import_id>/failed-rows/", import_api.FailedRowsView.as_view(), name="api-import-failed-rows"),
    path("address-books/<str:book_id>/shares/", api.SharesView.as_view(), name="api-shares"),
    path("shares/<str:share_id>/", api.ShareView.as_view(), name="api-share"),
    path("addresses/parse/", parse_api.ParseView.as_view(), name="api-address-parse"),
    path("contacts/<str:contact_id>/favourite/", api.FavouriteView.as_view(), name="api-contact-favourite"),
    path("contacts/<str:contact_id>/", api.ContactView.as_view(), name="api-contact"),
]
