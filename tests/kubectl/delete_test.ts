import assert from "node:assert/strict";
import { deployment, kubectlSuite } from "./suite.ts";

const FINALIZED = `{
  "apiVersion": "v1", "kind": "ConfigMap",
  "metadata": { "name": "held", "finalizers": ["example.org/held"] }
}`;

kubectlSuite("kubectl delete and wait", {
  async "deletes by name, file, label and all"({ ok, says, file }) {
    const map = (name: string) => ok(["create", "configmap", name]);
    for (const name of ["a", "b", "c", "d"]) await map(name);
    await says(
      "delete configmap a none",
      'configmap "a" deleted\nError from server (NotFound): configmaps "none" not found\n',
      { code: 1 },
    );
    await says("delete configmap a --ignore-not-found", "");
    await says("delete configmap b -o name", "configmap/b\n");
    await ok(["label", "configmap", "c", "in=set"]);
    await says("delete configmap -l in=set", 'configmap "c" deleted\n');
    await says("delete configmap -l in=set", "No resources found\n");
    await file(
      "d.json",
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"d"}}',
    );
    await says(
      "delete -f d.json --dry-run=server",
      'configmap "d" deleted (server dry run)\n',
    );
    await says("delete -f d.json", 'configmap "d" deleted\n');
    await says(
      "delete -f d.json",
      'Error from server (NotFound): error when deleting "d.json": configmaps "d" not found\n',
      { code: 1 },
    );
    await says(
      "delete configmap",
      "error: resource(s) were provided, but no name was specified\n",
      { code: 1 },
    );
    await ok(["create", "namespace", "shop"]);
    await ok(["create", "secret", "generic", "s", "-n", "shop"]);
    await says("delete secrets --all -n shop", /secret "s" deleted/);
    await says(
      "delete namespace default",
      'Error from server (Forbidden): namespaces "default" is forbidden: this namespace may not be deleted\n',
      { code: 1 },
    );
  },
  async "takes what an object owns along, or leaves it"({ ok, says }) {
    const make = async () => {
      await ok(["create", "-f", "-"], { stdin: deployment() });
      await ok([
        "wait",
        "--for=jsonpath={.status.observedGeneration}=1",
        "deploy/app",
        "--timeout=20s",
      ]);
    };
    const sets = () => ok(["get", "replicasets", "-o", "name"]);
    await make();
    await says(
      "delete deployment app --cascade=orphan",
      'deployment.apps "app" deleted\n',
    );
    const left = await sets();
    assert.match(left, /^replicaset\.apps\/app-\w+\n$/);
    const owners = "jsonpath={.items[*].metadata.ownerReferences}";
    assert.equal(await ok(["get", "rs", "-o", owners]), "");
    await ok(["delete", "replicasets", "--all"]);
    await make();
    await says(
      "delete deployment app --cascade=foreground",
      'deployment.apps "app" deleted\n',
    );
    assert.equal(await sets(), "");
    assert.equal(await ok(["get", "pods", "-o", "name"]), "");
  },
  async "waits for finalizers unless told not to"({ ok, says, start }) {
    await ok(["create", "-f", "-"], { stdin: FINALIZED });
    await says(
      "delete configmap held --wait=false",
      'configmap "held" deleted\n',
    );
    await says(
      "delete configmap held --timeout=1s",
      /^configmap "held" deleted\nerror: timed out waiting for the condition on configmaps\/held\n$/,
      { code: 1 },
    );
    const waiting = start([
      "wait",
      "--for=delete",
      "configmap/held",
      "--timeout=20s",
    ]);
    const said = new Response(waiting.stdout).text();
    await ok([
      "patch",
      "configmap",
      "held",
      "--type=json",
      "-p",
      '[{"op":"remove","path":"/metadata/finalizers"}]',
    ]);
    assert.equal(
      (await waiting.status).code,
      0,
      await new Response(waiting.stderr).text(),
    );
    assert.match(await said, /^(configmap\/held condition met\n)?$/);
  },
  async "ends pods at once when forced"({ ok, says }) {
    const pod =
      '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"nodeName":"n1","containers":[{"name":"c","image":"i"}]}}';
    await ok(["create", "-f", "-"], { stdin: pod });
    // Bound to a node, a pod stays until the node says that it has ended.
    await says(
      "delete pod p --wait=false --grace-period=5",
      'pod "p" deleted\n',
    );
    await says(
      "get pod p -o jsonpath={.metadata.deletionGracePeriodSeconds}",
      "5",
    );
    await says("get pod p --no-headers", /^p +0\/1 +Terminating +0 /);
    await says(
      "delete pod p --grace-period=0 --force",
      /^pod "p" force deleted\nWarning: Immediate deletion does not wait for confirmation that the running resource has been terminated\. /,
    );
    await says("get pod p", /pods "p" not found/, { code: 1 });
  },
  async "wait ends when a condition, a value, a birth or a death comes"(
    { ok, says, start },
  ) {
    const ended = async (args: string[], change: () => Promise<unknown>) => {
      const child = start(["wait", "--timeout=20s", ...args]);
      const said = new Response(child.stdout).text();
      const why = new Response(child.stderr).text();
      await change();
      const { code } = await child.status;
      assert.equal(code, 0, await why);
      return await said;
    };
    assert.equal(
      await ended(
        ["--for=create", "configmap/w"],
        () => ok(["create", "configmap", "w"]),
      ),
      "configmap/w condition met\n",
    );
    assert.equal(
      await ended(
        ["--for=jsonpath={.data.a}=1", "configmap/w"],
        () => ok(["patch", "cm", "w", "-p", '{"data":{"a":"1"}}']),
      ),
      "configmap/w condition met\n",
    );
    await says(
      "wait --for=jsonpath={.data.a} configmap/w",
      "configmap/w condition met\n",
    );
    await says(
      "wait --for=jsonpath={.data.a}=2 configmap/w --timeout=100ms",
      "error: timed out waiting for the condition on configmaps/w\n",
      { code: 1 },
    );
    await ok(["run", "q", "--image=i"]);
    assert.equal(
      await ended(
        ["--for=condition=Ready", "pod/q"],
        () =>
          ok([
            "patch",
            "pod",
            "q",
            "--subresource=status",
            "-p",
            '{"status":{"conditions":[{"type":"Ready","status":"True"}]}}',
          ]),
      ),
      "pod/q condition met\n",
    );
    await says(
      "wait --for=condition=Ready=false pod --all --timeout=100ms",
      "error: timed out waiting for the condition on pods/q\n",
      { code: 1 },
    );
    await says(
      "wait --for=condition=Ready pod/none",
      'Error from server (NotFound): pods "none" not found\n',
      { code: 1 },
    );
    await says(
      "wait --for=condition=Ready pod -l a=b",
      "error: no matching resources found\n",
      { code: 1 },
    );
  },
});
