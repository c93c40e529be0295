"""What kind of mail an item number's first letters, its S10 indicator, stand for. Several services share one."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Product(models.TextChoices):
    SPEEDPOST = "speedpost", _("Speedpost")
    COURIER = "courierpost", _("Local CourierPost")
    EXPRESS = "e_express", _("e-Express")
    REGISTERED = "registered", _("Registered mail")
    PARCEL = "parcel", _("Parcel")
    COLLECTION = "ec_get", _("EC-Get")
    SMART = "smart_post", _("Smart Post")
    OTHER = "other", _("Mail item")


# The longer indicator is asked first.
PRODUCT_OF: dict[str, Product] = {
    "EA": Product.COURIER,
    "AG": Product.COLLECTION,
    "AY": Product.SMART,
    "E": Product.SPEEDPOST,
    "L": Product.EXPRESS,
    "R": Product.REGISTERED,
    "C": Product.PARCEL,
}


def product_of(item_number: str) -> Product:
    return PRODUCT_OF.get(item_number[:2]) or PRODUCT_OF.get(item_number[:1]) or Product.OTHER
