from django.apps import AppConfig

from ecship import form_words

form_words.set_words()  # before any form is read: its fields take the words that stand then


class EcshipConfig(AppConfig):
    name = "ecship"
    verbose_name = "ECShip"

    def ready(self) -> None:
        from ecship import (
            celery,  # noqa: F401 - makes shared tasks use our Celery app
            decoys,
            simulated,
        )
        from ecship.soap import answers, services
        from security import problems
        from security.detection import decoys as registry
        from security.detection.simulation import live

        registry.MAKERS[:] = [decoys.Maker()]
        services.register()
        problems.TONGUES[:] = [answers.speak]
        live.CAST[:] = [simulated.Cast()]
