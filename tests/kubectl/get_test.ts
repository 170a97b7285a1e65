import assert from "node:assert/strict";
import { deployment, kubectlSuite, plain, type Steps } from "./suite.ts";

const POD = (name: string, phase: string) => `
apiVersion: v1
kind: Pod
metadata: { name: ${name}, labels: { app: ${name}, tier: front } }
spec:
  nodeName: ${phase}
  containers: [{ name: main, image: "example.org/${name}:1" }]
---`;

/** Runs a watch until it has printed a number of lines. */
async function watched(
  { start }: Steps,
  args: readonly string[],
  { lines, meanwhile }: { lines: number; meanwhile(): Promise<unknown> },
): Promise<string[]> {
  const child = start(args);
  let seen = "";
  let begun = false;
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    seen += text;
    if (!begun) await meanwhile();
    begun = true;
    if (seen.split("\n").length > lines) break;
  }
  child.kill("SIGTERM");
  await child.stderr.cancel();
  await child.status;
  return plain(seen).slice(0, lines);
}

kubectlSuite("kubectl get", {
  async "prints what is asked for in all its forms"({ ok, says }) {
    await ok(["apply", "-f", "-"], { stdin: POD("a", "n1") + POD("b", "n2") });
    await says("get pods -o name", "pod/a\npod/b\n");
    await says("get pods --sort-by=.spec.nodeName -o name", "pod/a\npod/b\n");
    await says("get pod a -o jsonpath={.spec.containers[*].image}", /^\S+a:1$/);
    await says("get pod a -o go-template={{.spec.nodeName}}", "n1");
    await says(
      "get pods -o custom-columns=N:.metadata.name,I:.spec.containers[*].image",
      "N     I\na     example.org/a:1\nb     example.org/b:1\n",
    );
    await says(
      "get pods -o",
      "a n1\nb n2\n",
      {
        more: [
          'jsonpath={range .items[*]}{.metadata.name} {.spec.nodeName}{"\\n"}{end}',
        ],
      },
    );
    const list = JSON.parse(await ok(["get", "pods", "-o", "json"]));
    assert.equal(`${list.apiVersion} ${list.kind}`, "v1 List");
    assert.equal(list.items[1].spec.nodeName, "n2");
    await says(
      "get pod a -o yaml",
      /^apiVersion: v1\nkind: Pod\nmetadata:\n {2}annotations:\n/,
    );
  },
  async "prints tables as Kubernetes' columns are"({ ok }) {
    const table = async (line: string) => plain(await ok(line.split(" ")));
    assert.deepEqual(await table("get pods"), [
      "NAME  READY  STATUS  RESTARTS",
      "a  0/1  Pending  0",
      "b  0/1  Pending  0",
    ]);
    assert.deepEqual(await table("get pods -o wide -L app -l app=a"), [
      "NAME  READY  STATUS  RESTARTS  IP  NODE  NOMINATED NODE  READINESS GATES  APP",
      "a  0/1  Pending  0  <none>  n1  <none>  <none>  a",
    ]);
    assert.deepEqual(await table("get pods --show-labels --show-kind"), [
      "NAME  READY  STATUS  RESTARTS  LABELS",
      "pod/a  0/1  Pending  0  app=a,tier=front",
      "pod/b  0/1  Pending  0  app=b,tier=front",
    ]);
    assert.deepEqual(
      await table("get pods -A --field-selector=metadata.name=a"),
      [
        "NAMESPACE  NAME  READY  STATUS  RESTARTS",
        "default  a  0/1  Pending  0",
      ],
    );
    assert.deepEqual(await table("get pods b a --server-print=false"), [
      "NAME",
      "b",
      "a",
    ]);
    assert.deepEqual(await table("get cm,pods -l tier=front"), [
      "NAME  READY  STATUS  RESTARTS",
      "pod/a  0/1  Pending  0",
      "pod/b  0/1  Pending  0",
    ]);
    const both = await ok(["get", "pods/a", "svc/kubernetes"]);
    assert.match(both, /^pod\/a .*\n\nNAME .*\nservice\/kubernetes /m);
  },
  async "chooses by labels and fields, and page by page"({ says }) {
    await says("get pods -l", "pod/b\n", {
      more: ["app in (b,c)", "-o", "name"],
    });
    await says("get pods -l app!=a,tier -o name", "pod/b\n");
    await says(
      "get pods --field-selector=spec.nodeName=n1,status.phase=Pending -o name",
      "pod/a\n",
    );
    await says("get pods --chunk-size=1 -o name", "pod/a\npod/b\n");
    await says(
      "get pods --field-selector=foo=bar",
      'Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "", field selector "foo=bar": field label not supported: foo\n',
      { code: 1 },
    );
    await says(
      "get pods -l",
      `Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "a in", field selector "": unable to parse requirement: found '' expected: '('\n`,
      { more: ["a in"], code: 1 },
    );
  },
  async "says what is not there"({ says }) {
    await says(
      "get pods -l app=x",
      "No resources found in default namespace.\n",
    );
    await says("get nodes", "No resources found\n");
    await says(
      "get pods none",
      'Error from server (NotFound): pods "none" not found\n',
      { code: 1 },
    );
    await says("get pods none --ignore-not-found", "");
    await says(
      "get pods,nosuch",
      'error: the server doesn\'t have a resource type "nosuch"\n',
      { code: 1 },
    );
    await says(
      "get --raw /nosuch",
      "Error from server (NotFound): the server could not find the requested resource\n",
      { code: 1 },
    );
  },
  async "reads subresources and raw paths"({ ok, says }) {
    await ok(["create", "-f", "-"], { stdin: deployment({ replicas: 3 }) });
    await ok(["rollout", "pause", "deployment/app"]);
    const scale = "get deployment app --subresource=scale";
    assert.equal(
      plain(await ok(scale.split(" ")))[0],
      "NAME  DESIRED  AVAILABLE",
    );
    await says(`${scale} -o jsonpath={.kind}:{.spec.replicas}`, "Scale:3");
    await says(
      "get pod a --subresource=status -o jsonpath={.status.phase}",
      "Pending",
    );
    await says(
      "get cm kube-root-ca.crt --subresource=status",
      /\(NotFound\): the server could not find the requested resource/,
      { code: 1 },
    );
    await says("get --raw /readyz", "ok");
    await says("get --raw /api/v1/namespaces/default/pods/a", /^{"kind":"Pod"/);
  },
  async "--watch prints each change as it comes"(steps) {
    const { ok } = steps;
    await ok(["create", "configmap", "w"]);
    await ok(["label", "configmap", "w", "in=watch"]);
    const change = async () => {
      await ok(["patch", "configmap", "w", "-p", '{"data":{"a":"b"}}']);
      await ok(["delete", "configmap", "w"]);
    };
    const lines = await watched(steps, [
      "get",
      "configmaps",
      "--selector=in=watch",
      "--watch",
      "--output-watch-events",
    ], { lines: 4, meanwhile: change });
    assert.deepEqual(lines, [
      "EVENT  NAME  DATA",
      "ADDED  w  0",
      "MODIFIED  w  1",
      "DELETED  w  1",
    ]);
  },
});
