import assert from "node:assert/strict";
import { parseRequestInfo } from "./request_info.ts";

function parse(method: string, path: string) {
  return parseRequestInfo(method, `http://api${path}`);
}

Deno.test("parseRequestInfo() reads group, version, namespace, name and subresource", () => {
  const info = parse(
    "GET",
    "/apis/apps/v1/namespaces/shop/deployments/web/scale",
  );
  assert.equal(info?.verb, "get");
  assert.deepEqual(info?.resource, {
    group: "apps",
    version: "v1",
    plural: "deployments",
    namespace: "shop",
    name: "web",
    subresource: "scale",
    rest: [],
  });
});

Deno.test("parseRequestInfo() tells a namespace from what is in it", () => {
  const inside = parse("GET", "/api/v1/namespaces/shop/pods")?.resource;
  assert.equal(inside?.plural, "pods");
  assert.equal(inside?.namespace, "shop");
  for (const sub of ["", "status", "finalize"]) {
    const own = parse("GET", `/api/v1/namespaces/shop/${sub}`)?.resource;
    assert.equal(own?.plural, "namespaces");
    assert.equal(own?.name, "shop");
    assert.equal(own?.subresource, sub);
  }
});

Deno.test("parseRequestInfo() names the verb as Kubernetes does", () => {
  const verbs: [string, string, string][] = [
    ["GET", "/api/v1/pods", "list"],
    ["GET", "/api/v1/pods?watch=true", "watch"],
    ["GET", "/api/v1/pods?watch=0", "list"],
    ["GET", "/api/v1/watch/pods", "watch"],
    ["GET", "/api/v1/nodes/a", "get"],
    ["POST", "/api/v1/namespaces/a/pods", "create"],
    ["PUT", "/api/v1/namespaces/a/pods/b", "update"],
    ["PATCH", "/api/v1/namespaces/a/pods/b", "patch"],
    ["DELETE", "/api/v1/namespaces/a/pods/b", "delete"],
    ["DELETE", "/api/v1/namespaces/a/pods", "deletecollection"],
    ["POST", "/healthz", "post"],
  ];
  for (const [method, path, verb] of verbs) {
    assert.equal(parse(method, path)?.verb, verb, `${method} ${path}`);
  }
});

Deno.test("parseRequestInfo() answers undefined when a segment hides a path", () => {
  for (const path of ["a%2fb", "%2e%2e", "%2E", "%zz", "%ff"]) {
    assert.equal(parse("GET", `/api/v1/namespaces/x/pods/${path}`), undefined);
  }
  assert.equal(parse("GET", "/api/v1/nodes/a%20b")?.resource?.name, "a b");
});

Deno.test("parseRequestInfo() finds no resource when the path is discovery", () => {
  for (const path of ["/", "/api", "/api/v1", "/apis/apps/v1", "/version"]) {
    assert.equal(parse("GET", path)?.resource, undefined);
  }
});

Deno.test("parseRequestInfo() leaves what a proxy passes on as it was sent", () => {
  const cases = {
    "/api/v1/namespaces/a/pods/https:b:8443/proxy": "",
    "/api/v1/namespaces/a/services/b:http/proxy/": "/",
    "/api/v1/namespaces/a/services/b/proxy/x%2Fy//z%20/?q=%2F": "/x%2Fy//z%20/",
    "/api/v1/nodes/b/proxy/proxy/..a": "/proxy/..a",
  };
  for (const [path, proxyPath] of Object.entries(cases)) {
    const found = parse("POST", path)?.resource;
    assert.equal(found?.subresource, "proxy");
    assert.equal(found?.proxyPath, proxyPath);
    assert.deepEqual(found?.rest, []);
  }
  assert.equal(
    parse("GET", "/api/v1/namespaces/a/pods/b%2Fc/proxy/x"),
    undefined,
  );
  for (const bad of ["..", "%2e%2E", ".", "a/../b", "a/.%2e"]) {
    assert.equal(parse("GET", `/api/v1/nodes/b/proxy/${bad}`), undefined);
  }
  assert.equal(
    parse("GET", "/api/v1/namespaces/a/configmaps/b/proxy/x")?.resource
      ?.proxyPath,
    undefined,
  );
});
