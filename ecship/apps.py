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
        from ecship.soap import answers, services
        from security import problems
        from security.detection import decoys as registry
        from security.detection.simulation import live

        form_words.set_words()
        registry.MAKERS[:] = [decoys.Maker()]
        services.register()
        problems.TONGUES[:] = [answers.speak]
        live.CAST[:] = [simulated.Cast()]
