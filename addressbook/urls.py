from django.urls import path

from addressbook import duplicate_views, many_views, views

app_name = "addressbook"
urlpatterns = [
    path("address-books/", views.books, name="books"),
    path("address-books/add/", views.add_book, name="add-book"),
    path("address-books/who/", views.who, name="who"),
    path("address-books/<uuid:book_id>/", views.contacts, name="contacts"),
    path("address-books/<uuid:book_id>/search/", views.search, name="search"),
    path("address-books/<uuid:book_id>/selected/delete/", many_views.delete_selected, name="delete-selected"),
    path("address-books/<uuid:book_id>/selected/tag/", many_views.tag_selected, name="tag-selected"),
    path("address-books/<uuid:book_id>/selected/move/", many_views.move_selected, name="move-selected"),
    path("address-books/<uuid:book_id>/selected/copy/", many_views.copy_selected, name="copy-selected"),
    path("address-books/<uuid:book_id>/selected/compare/", duplicate_views.compare_selected, name="compare-selected"),
    path("address-books/<uuid:book_id>/selected/undo/", many_views.undo_selected, name="undo-selected"),
    path("address-books/<uuid:book_id>/bin/", many_views.bin_of_book, name="bin"),
    path("address-books/<uuid:book_id>/bin/restore/", many_views.restore_selected, name="restore-selected"),
    path("address-books/<uuid:book_id>/duplicates/", duplicate_views.duplicates, name="duplicates"),
    path("address-books/<uuid:book_id>/duplicates/look/", duplicate_views.look_for_duplicates, name="look"),
    path("address-books/<uuid:book_id>/duplicates/<uuid:pair_id>/", duplicate_views.compare, name="compare"),
    path("address-books/<uuid:book_id>/duplicates/<uuid:pair_id>/dismiss/", duplicate_views.dismiss, name="dismiss"),
    path("address-books/<uuid:book_id>/merges/<uuid:merge_id>/undo/", duplicate_views.part, name="part"),
    path("address-books/<uuid:book_id>/settings/", views.book_settings, name="book-settings"),
    path("address-books/<uuid:book_id>/share/", views.share, name="share"),
    path("address-books/<uuid:book_id>/share/<uuid:user_id>/remove/", views.unshare, name="unshare"),
    path("address-books/<uuid:book_id>/delete/", views.delete_book, name="delete-book"),
    path("address-books/<uuid:book_id>/contacts/add/", views.add_contact, name="add-contact"),
    path("contacts/add/", views.add_to_default, name="add-to-default"),
    path("contacts/address-fields/", views.address_fields, name="address-fields"),
    path("contacts/<uuid:contact_id>/", views.contact, name="contact"),
    path("contacts/<uuid:contact_id>/edit/", views.edit_contact, name="edit-contact"),
    path("contacts/<uuid:contact_id>/delete/", views.delete_contact, name="delete-contact"),
    path("contacts/<uuid:contact_id>/restore/", views.restore_contact, name="restore-contact"),
]
