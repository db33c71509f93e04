"""What can go wrong with a speech worker process."""

from __future__ import annotations

from bots.engine.errors import ProviderError


class SpeechWorkerError(ProviderError):
    """A speech worker process failed."""

    code = "speech.worker_failed"
    owner = "us"
    next_step = "Start the call again; if it goes on, run the doctor command on the server."


class WorkerStartError(SpeechWorkerError):
    """A worker process did not start or did not become ready in time."""

    code = "speech.worker_start_failed"
    next_step = "Run the doctor command on the server: it says what the speech engine lacks."


class WorkerDied(SpeechWorkerError):
    """A worker process ended while it was needed; the next utterance gets another one."""

    code = "speech.worker_died"


class WorkerStuck(SpeechWorkerError):
    """A worker process did not answer or did not read in time and was ended."""

    code = "speech.worker_stuck"
    next_step = "Start the call again; a machine that is too busy needs fewer calls at once."


class WorkerProtocolError(SpeechWorkerError):
    """A worker process and the server did not understand each other."""

    code = "speech.worker_protocol"
    next_step = "Report it to whoever runs this server, with the version that is installed."


class WorkersBusy(SpeechWorkerError):
    """Every speech worker the server may run is in use."""

    code = "speech.workers_busy"
    next_step = "Try again when another call has ended, or allow more speech workers."


class WorkerRefused(SpeechWorkerError):
    """A worker answered a request with an error the server has no better name for."""

    code = "speech.worker_refused"
    next_step = "Report it to whoever runs this server, with the version that is installed."
