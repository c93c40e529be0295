from django.apps import AppConfig


class EcshipConfig(AppConfig):
    name = "ecship"
    verbose_name = "ECShip"

    def ready(self) -> None:
        from ecship import (
            celery,  # noqa: F401 - makes shared tasks use our Celery app
            decoys,
            form_words,
            simulated,
        )
        from security.detection import decoys as registry
        from security.detection.simulation import live

        form_words.set_words()
        registry.MAKERS[:] = [decoys.Maker()]
        live.CAST[:] = [simulated.Cast()]
