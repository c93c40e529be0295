from django.apps import AppConfig


class EcshipConfig(AppConfig):
    name = "ecship"
    verbose_name = "ECShip"

    def ready(self) -> None:
        from ecship import (
            celery,  # noqa: F401 - makes shared tasks use our Celery app
            decoys,
            simulated,
        )
        from security.detection import decoys as registry
        from security.detection.simulation import live

        registry.MAKERS[:] = [decoys.Maker()]
        live.CAST[:] = [simulated.Cast()]
