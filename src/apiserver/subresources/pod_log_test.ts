import assert from "node:assert/strict";
import { serveOverMux } from "../../base/mux_http.ts";
import { startStreamRig, type StreamRig } from "../testing/stream_rig.ts";

const PODS = "/api/v1/namespaces/default/pods";

/** A rig whose node answers log requests with what was asked of it, or with the status that the pod's name says. */
async function start(): Promise<StreamRig> {
  return await startStreamRig((stream) =>
    void serveOverMux(stream, (request) => {
      const { pathname, search } = new URL(request.url);
      const code = /\/s(\d{3})\//.exec(pathname)?.[1];
      return code === undefined
        ? new Response(pathname + search)
        : new Response("node's text\n", { status: Number(code) });
    })
  );
}

Deno.test("podLog() asks the node for what is wanted", async () => {
  await using rig = await start();
  await rig.makePod("a");
  const cases = {
    "": "?stream=All",
    "?follow=true&previous=1&timestamps=&tailLines=0&limitBytes=5":
      "?follow=true&previous=true&timestamps=true&tailLines=0&limitBytes=5&stream=All",
    "?follow=false&sinceSeconds=3&stream=Stderr&insecureSkipTLSVerifyBackend=true":
      "?sinceSeconds=3&stream=Stderr",
    "?sinceTime=2026-01-01T00:00:00Z&pretty=true":
      "?sinceTime=2026-01-01T00%3A00%3A00Z&stream=All",
  };
  for (const [query, wanted] of Object.entries(cases)) {
    const answer = await rig.ask("GET", `${PODS}/a/log${query}`);
    assert.equal(answer.headers.get("content-type"), "text/plain");
    assert.equal(
      await answer.text(),
      `/containerLogs/default/a/main${wanted}`,
    );
  }
});

Deno.test("podLog() has nothing of a pod without a node", async () => {
  await using rig = await start();
  await rig.makePod("a", { nodeName: undefined });
  const answer = await rig.ask("GET", `${PODS}/a/log`);
  assert.deepEqual([answer.status, await answer.text()], [200, ""]);
});

Deno.test("podLog() refuses in Kubernetes' words", async () => {
  await using rig = await start();
  for (const name of ["a", "s400", "s404", "s500", "s503"]) {
    await rig.makePod(name);
  }
  await rig.makePod("far", { nodeName: "n2" });
  await rig.makePod("two", {
    containers: [{ name: "x", image: "i" }, { name: "y", image: "i" }],
    initContainers: [{ name: "init", image: "i" }],
  });
  const cases: [string, number, string][] = [
    ["none/log", 404, 'pods "none" not found'],
    [
      "two/log",
      400,
      "a container name must be specified for pod two, choose one of: [init x y]",
    ],
    ["two/log?container=z", 400, "container z is not valid for pod two"],
    ["a/log?tailLines=x", 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    [
      "a/log?tailLines=-1&limitBytes=0",
      422,
      'PodLogOptions "a" is invalid: [tailLines: Invalid value: -1: must be greater than or equal to 0, limitBytes: Invalid value: 0: must be greater than 0]',
    ],
    [
      "a/log?sinceSeconds=0",
      422,
      'PodLogOptions "a" is invalid: sinceSeconds: Invalid value: 0: must be greater than 0',
    ],
    [
      "a/log?stream=Other",
      422,
      'PodLogOptions "a" is invalid: stream: Unsupported value: "Other": supported values: "All", "Stderr", "Stdout"',
    ],
    ["s400/log", 400, "node's text"],
    [
      "s404/log",
      404,
      "the server could not find the requested resource ( pods/log s404)",
    ],
    ["s500/log", 500, "Internal error occurred: node's text"],
    ["s503/log", 500, "Internal error occurred: node's text"],
    [
      "far/log",
      500,
      'Internal error occurred: Get "http://n2:10250/containerLogs/default/far/main?stream=All": node "n2" is not connected',
    ],
  ];
  for (const [path, code, message] of cases) {
    const answer = await rig.ask("GET", `${PODS}/${path}`);
    assert.deepEqual(
      [answer.status, (await answer.json()).message],
      [code, message],
    );
  }
  for (
    const query of [
      "sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z",
      "stream=Stdout&tailLines=1",
    ]
  ) {
    const answer = await rig.ask("GET", `${PODS}/a/log?${query}`);
    assert.equal(answer.status, 422);
    assert.match(
      (await answer.json()).message,
      /at most one|mutually exclusive/,
    );
  }
  const time = await rig.ask("GET", `${PODS}/a/log?sinceTime=yesterday`);
  assert.equal(time.status, 400);
  await time.body?.cancel();
});
