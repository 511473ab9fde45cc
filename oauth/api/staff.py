"""Emergency access and access reviews."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from approvals.api.serializers import ApprovalSerializer, said_approval
from approvals.operations import request_approval
from bank.access import permissions
from bank.wire.pages import page, read_cursor
from oauth import staff_queries as queries
from oauth.api import staff_serializers as said
from oauth.operations.access_reviews import decide_access, open_access_review
from oauth.operations.break_glass import end_break_glass, review_break_glass

GLASS, REVIEWS = ["Emergency access"], ["Access reviews"]


def _listed(request: Any, rows: Any, item: Any) -> Response:
    asked = said.StaffQuery.read(request)
    cursor, limit = read_cursor(request, asked), asked["limit"]
    found = rows(before=cursor["id"] if cursor else None, limit=limit + 1)
    return page(request, found, limit=limit, key=lambda row: {"id": row.id}, item=item)


class BreakGlassList(APIView):
    """Emergency access: a role for a few hours, agreed by two people."""

    permission: ClassVar[Any] = {"GET": permissions.BREAK_GLASS_READ, "POST": permissions.BREAK_GLASS_ASK}
    query_class: ClassVar[Any] = {"GET": said.StaffQuery}

    @extend_schema(operation_id="list_break_glass", responses=said.BreakGlassPage, tags=GLASS)
    def get(self, request: Any) -> Response:
        """List emergency accesses, the newest first."""
        return _listed(request, queries.list_break_glass, said.said_break_glass)

    @extend_schema(
        operation_id="ask_for_break_glass",
        request=said.AskForBreakGlassSerializer,
        responses={202: ApprovalSerializer},
        tags=GLASS,
    )
    def post(self, request: Any) -> Response:
        """Ask for it for yourself; somebody else decides."""
        asked = said.AskForBreakGlassSerializer.read(request)
        approval = request_approval(
            "user.break_glass", request.auth.user_id, payload=asked, reason=asked["reason"], by=request.auth
        )
        location = {"Location": f"/v1/approvals/{approval.id}"}
        return Response(said_approval(approval), status=202, headers=location)


class EndBreakGlass(APIView):
    """It is needed no longer."""

    permission: ClassVar[Any] = {"POST": permissions.BREAK_GLASS_ASK}

    @extend_schema(
        operation_id="end_break_glass", request=None, responses={200: said.BreakGlassAnswer}, tags=GLASS
    )
    def post(self, request: Any, glass_id: str) -> Response:
        """End it before its time."""
        return Response(said.said_break_glass(end_break_glass(glass_id, by=request.auth)))


class ReviewBreakGlass(APIView):
    """Somebody who had no part in it looks at what was done."""

    permission: ClassVar[Any] = {"POST": permissions.BREAK_GLASS_REVIEW}

    @extend_schema(
        operation_id="review_break_glass",
        request=said.VerdictSerializer,
        responses={200: said.BreakGlassAnswer},
        tags=GLASS,
    )
    def post(self, request: Any, glass_id: str) -> Response:
        """Say whether it was needed."""
        verdict = said.VerdictSerializer.read(request)["verdict"]
        return Response(said.said_break_glass(review_break_glass(glass_id, verdict=verdict, by=request.auth)))


class AccessReviewList(APIView):
    """Reviews of who may do what."""

    permission: ClassVar[Any] = {
        "GET": permissions.ACCESS_REVIEWS_READ,
        "POST": permissions.ACCESS_REVIEWS_DECIDE,
    }
    query_class: ClassVar[Any] = {"GET": said.StaffQuery}

    @extend_schema(operation_id="list_access_reviews", responses=said.AccessReviewPage, tags=REVIEWS)
    def get(self, request: Any) -> Response:
        """List access reviews, the newest first."""
        return _listed(request, queries.list_access_reviews, said.said_review)

    @extend_schema(
        operation_id="open_access_review",
        request=None,
        responses={201: said.AccessReviewAnswer},
        tags=REVIEWS,
    )
    def post(self, request: Any) -> Response:
        """Open one before its time; one is open at a time."""
        return Response(said.said_review(open_access_review(by=request.auth)), status=201)


class AccessReviewDetail(APIView):
    """One review."""

    permission = permissions.ACCESS_REVIEWS_READ

    @extend_schema(operation_id="get_access_review", responses=said.AccessReviewDetailAnswer, tags=REVIEWS)
    def get(self, request: Any, review_id: str) -> Response:
        """Read a review with each login."""
        review = queries.get_access_review(review_id)
        lines = [said.said_line(line) for line in queries.list_lines(review)]
        return Response({**said.said_review(review), "lines": lines})


class DecideAccess(APIView):
    """Whether a login keeps its roles."""

    permission: ClassVar[Any] = {"POST": permissions.ACCESS_REVIEWS_DECIDE}

    @extend_schema(
        operation_id="decide_access",
        request=said.DecideAccessSerializer,
        responses={200: said.AccessReviewLineAnswer},
        tags=REVIEWS,
    )
    def post(self, request: Any, line_id: str) -> Response:
        """Keep the roles, or ask for them to be taken away. Nobody decides on themselves."""
        asked = said.DecideAccessSerializer.read(request)
        keep = asked["decision"] == "KEEP"
        return Response(
            said.said_line(decide_access(line_id, keep=keep, reason=asked["reason"], by=request.auth))
        )
