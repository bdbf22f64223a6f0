"""Calls the enrollment service as the gateway does: each route by its name, for anybody."""

from itertools import count
from typing import Any

import httpx

from tests.support.http import TLS
from tests.support.world import Process

EMAIL = "someone@example.com"


class Caller:
    """Calls the routes of one or several processes in turn; returns status and body."""

    def __init__(self, *processes: Process) -> None:
        # Idle connections are closed by the service after 5 s; a request must not meet the closing.
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=200, keepalive_expiry=2)
        self._clients = [
            httpx.Client(base_url=p.url, timeout=60, trust_env=False, verify=TLS, limits=limits) for p in processes
        ]
        self._turn = count()

    def _call(self, method: str, path: str, **options: Any) -> httpx.Response:
        client = self._clients[next(self._turn) % len(self._clients)]
        return client.request(method, path, **options)

    def _answer(self, method: str, path: str) -> tuple[int, Any]:
        reply = self._call(method, path)
        return reply.status_code, reply.json()

    def enroll(self, student: int, class_id: int) -> tuple[int, Any]:
        return self._answer("POST", f"/enroll/{student}/{class_id}/name/{EMAIL}")

    def drop(self, student: int, class_id: int) -> tuple[int, Any]:
        return self._answer("DELETE", f"/enrollmentdrop/{student}/{class_id}/name/{EMAIL}")

    def leave(self, student: int, class_id: int) -> tuple[int, Any]:
        return self._answer("DELETE", f"/waitlistdrop/{student}/{class_id}/name/{EMAIL}")

    def swap(self, student: int, old: int, new: int) -> tuple[int, Any]:
        return self._answer("POST", f"/swap/{student}/{old}/{new}/name/{EMAIL}")

    def pause(self, student: int, class_id: int) -> tuple[int, Any]:
        return self._answer("PUT", f"/pause/{student}/{class_id}/name/{EMAIL}")

    def resume(self, student: int, class_id: int) -> tuple[int, Any]:
        return self._answer("DELETE", f"/pause/{student}/{class_id}/name/{EMAIL}")

    def offers(self, student: int) -> tuple[int, Any]:
        return self._answer("GET", f"/offers/{student}/name/{EMAIL}")

    def accept(self, student: int, class_id: int) -> tuple[int, Any]:
        return self._answer("POST", f"/offer/{student}/{class_id}/accept/name/{EMAIL}")

    def decline(self, student: int, class_id: int) -> tuple[int, Any]:
        return self._answer("POST", f"/offer/{student}/{class_id}/decline/name/{EMAIL}")

    def set_policy(self, class_id: int, promotion: str, window_s: int) -> tuple[int, Any]:
        reply = self.put(f"/policy/{class_id}", {"promotion": promotion, "offer_window_s": window_s})
        return reply.status_code, reply.json()

    def one_section(self, class_id: int, on: bool) -> tuple[int, str]:
        """The status, and what the rule of the course is then."""
        reply = self.put(f"/policy/{class_id}", {"promotion": "automatic", "one_section": on})
        return reply.status_code, reply.json().get("class_details", {}).get("one_section", "")

    def put(self, path: str, body: Any) -> httpx.Response:
        return self._call("PUT", path, json=body)

    def post(self, path: str, **headers: str) -> httpx.Response:
        return self._call("POST", path, headers=headers)

    def delete(self, path: str) -> httpx.Response:
        return self._call("DELETE", path)

    def instructor_drop(self, student: int, class_id: int, instructor: int = 5) -> tuple[int, Any]:
        return self._answer("DELETE", f"/drop/{instructor}/{class_id}/{student}/name/{EMAIL}")

    def remove(self, class_id: int) -> tuple[int, Any]:
        return self._answer("DELETE", f"/remove/{class_id}")

    def resize(self, class_id: int, capacity: int, places: int) -> tuple[int, Any]:
        return self._answer("PUT", f"/capacity/{class_id}/{capacity}/{places}")

    def take_out(self, student: int, class_id: int) -> tuple[int, Any]:
        return self._answer("DELETE", f"/students/{class_id}/{student}")

    def enroll_by_registrar(self, student: int, class_id: int) -> tuple[int, Any]:
        return self._answer("POST", f"/students/{class_id}/{student}")

    def revise(self, class_id: int, **changes: Any) -> tuple[int, Any]:
        reply = self._call("PATCH", f"/classes/{class_id}", json=changes)
        return reply.status_code, reply.json()

    def post_json(self, path: str, body: Any) -> httpx.Response:
        return self._call("POST", path, json=body)

    def waitlists(self, student: int) -> tuple[int, Any]:
        return self._answer("GET", f"/waitlists/{student}/name/{EMAIL}")

    def enrollments(self, student: int) -> tuple[int, Any]:
        return self._answer("GET", f"/enrollments/{student}/name/{EMAIL}")

    def set_state(self, class_id: int, state: str) -> tuple[int, Any]:
        return self._answer("PUT", f"/state/{class_id}/{state}")

    def story(self, student: int, class_id: int) -> list[tuple[str, int | None]]:
        status, body = self._answer("GET", f"/history/{student}/{class_id}/name/{EMAIL}")
        assert status == 200, body
        return [(entry["text"], entry["position"]) for entry in body["entries"]]

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self._call("GET", path, headers=headers)

    def position(self, student: int, class_id: int, method: str = "GET", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._call(method, f"/waitlist/{student}/{class_id}/name/{EMAIL}", headers=named)

    def close(self) -> None:
        for client in self._clients:
            client.close()
