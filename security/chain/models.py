"""Tables of the chain. The security role adds to them and reads them; the runtime role reaches none of them."""

from __future__ import annotations

from uuid import uuid4

from django.db import models


class SealedBatch(models.Model):
    """One link: the digest of some rows, the head of the link before, and a signature over both (`chain.proof`)."""

    number = models.BigIntegerField(primary_key=True)  # 1, 2, 3 ... without gaps
    format = models.SmallIntegerField()  # of the rows' text (`chain.tables`)
    after = models.BigIntegerField()  # rows at places above this
    upto = models.BigIntegerField()  # and up to this one
    count = models.IntegerField()
    digest = models.BinaryField()
    previous = models.BinaryField()
    made_at = models.DateTimeField()
    key_id = models.CharField(max_length=16)
    head = models.BinaryField()
    signature = models.BinaryField()
    leaves = models.BinaryField()  # one for each row, so that a row that was changed can be named

    class Meta:
        constraints = [models.UniqueConstraint(fields=["after"], name="sealed_batch_no_fork")]

    def __str__(self) -> str:
        return f"batch {self.number}"


class SealKey(models.Model):
    """The public half of a key that heads were signed with, since when."""

    key_id = models.CharField(max_length=16, primary_key=True)
    public = models.BinaryField()
    since = models.DateTimeField()

    def __str__(self) -> str:
        return self.key_id


class SealSink(models.Model):
    """How far heads were given out to one place outside the database."""

    name = models.CharField(max_length=32, primary_key=True)
    number = models.BigIntegerField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.number}"


class RetiredPartition(models.Model):
    """A month that was dropped after its time. Chained like the rows it stands for, and never dropped itself."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    at = models.DateTimeField()
    parent = models.CharField(max_length=63)
    month = models.DateField()
    row_count = models.BigIntegerField()
    first_pos = models.BigIntegerField(null=True)
    last_pos = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} of {self.parent}"
