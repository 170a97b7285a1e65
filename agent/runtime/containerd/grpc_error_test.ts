import assert from "node:assert/strict";
import { GrpcCode, GrpcError, isGrpc } from "./grpc_error.ts";

Deno.test("GrpcError.fromHeaders() reads code and percent-encoded text", () => {
  const error = GrpcError.fromHeaders({
    "grpc-status": "5",
    "grpc-message": "no pod %22a%C3%A4%22",
  });
  assert.equal(error?.code, GrpcCode.NotFound);
  assert.equal(error?.message, 'no pod "aä"');
  assert.ok(isGrpc(error, "NotFound", "Unavailable"));
  assert.ok(!isGrpc(error, "Unavailable"));
});

Deno.test("GrpcError.fromHeaders() keeps a text that is not encoded well", () => {
  const error = GrpcError.fromHeaders({
    "grpc-status": "2",
    "grpc-message": "100%",
  });
  assert.equal(error?.message, "100%");
});

Deno.test("GrpcError.fromHeaders() tells an answer without status from one that is no gRPC", () => {
  assert.equal(GrpcError.fromHeaders({ ":status": 200 }), undefined);
  const error = GrpcError.fromHeaders({ ":status": 404 });
  assert.equal(error?.code, GrpcCode.Unavailable);
  assert.match(error!.message, /404/);
});
