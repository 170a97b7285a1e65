import assert from "node:assert/strict";
import { testWith } from "../../src/testing/needs.ts";
import { type KubectlRig, startRig } from "./rig.ts";

const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { app: web } }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: main, image: "example.org/web:1" }] }
`;

const POD = `
apiVersion: v1
kind: Pod
metadata: { name: one, labels: { app: web } }
spec: { containers: [{ name: main, image: "example.org/web:1" }] }
`;

/** One server for a group of steps: each start costs a second of a slow machine. */
function kubectlTest(
  name: string,
  fn: (rig: KubectlRig) => Promise<void>,
): void {
  testWith(name, {
    needs: ["kubectl"],
    async fn() {
      await using rig = await startRig();
      await fn(rig);
    },
  });
}

kubectlTest("kubectl get shows a new cluster", async (rig) => {
  const namespaces = await rig.ok(["get", "namespaces", "-o", "name"]);
  assert.deepEqual(namespaces.trim().split("\n"), [
    "namespace/default",
    "namespace/kube-node-lease",
    "namespace/kube-public",
    "namespace/kube-system",
  ]);
  const services = await rig.ok(["get", "services"]);
  assert.match(
    services,
    /^NAME +TYPE +CLUSTER-IP +EXTERNAL-IP +PORT\(S\) +AGE\nkubernetes +ClusterIP +10\.43\.0\.1 +<none> +443\/TCP /,
  );
  assert.match(await rig.ok(["get", "--raw", "/readyz"]), /^ok$/);
});

kubectlTest("kubectl api-resources lists every kind", async (rig) => {
  const listed = await rig.ok(["api-resources", "--no-headers", "-o", "name"]);
  for (
    const name of [
      "configmaps",
      "pods",
      "deployments.apps",
      "leases.coordination.k8s.io",
      "endpointslices.discovery.k8s.io",
    ]
  ) assert.ok(listed.split("\n").includes(name), `${name} is missing`);
});

kubectlTest("kubectl create makes objects of all sorts", async (rig) => {
  // These commands send protobuf.
  await rig.ok(["create", "configmap", "settings", "--from-literal=mode=fast"]);
  await rig.ok(["create", "secret", "generic", "keys", "--from-literal=k=v"]);
  await rig.ok(["create", "namespace", "other"]);
  await rig.ok([
    "create",
    "deployment",
    "web",
    "--image=example.org/web:1",
    "--replicas=3",
  ]);
  await rig.ok([
    "expose",
    "deployment",
    "web",
    "--port=80",
    "--target-port=8080",
  ]);
  const mode = await rig.ok([
    "get",
    "configmap",
    "settings",
    "-o",
    "jsonpath={.data.mode}",
  ]);
  assert.equal(mode, "fast");
  const secret = await rig.ok([
    "get",
    "secret",
    "keys",
    "-o",
    "jsonpath={.data.k} {.type}",
  ]);
  assert.equal(secret, "dg== Opaque");
  const web = await rig.ok([
    "get",
    "deployment",
    "web",
    "-o",
    "jsonpath={.spec.replicas} {.spec.template.spec.containers[0].image} {.spec.strategy.type}",
  ]);
  assert.equal(web, "3 example.org/web:1 RollingUpdate");
  const service = await rig.ok([
    "get",
    "service",
    "web",
    "-o",
    "jsonpath={.spec.clusterIP} {.spec.ports[0].targetPort}",
  ]);
  assert.match(service, /^10\.43\.\d+\.\d+ 8080$/);
  const again = await rig.run(["create", "configmap", "settings"]);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /configmaps "settings" already exists/);
});

kubectlTest("kubectl apply creates, changes and leaves alone", async (rig) => {
  const apply = (stdin: string) => rig.ok(["apply", "-f", "-"], { stdin });
  assert.equal(await apply(DEPLOYMENT), "deployment.apps/web created\n");
  assert.equal(await apply(DEPLOYMENT), "deployment.apps/web unchanged\n");
  const changed = DEPLOYMENT.replace("web:1", "web:2");
  assert.equal(await apply(changed), "deployment.apps/web configured\n");
  const image = await rig.ok([
    "get",
    "deployment",
    "web",
    "-o",
    "jsonpath={.spec.template.spec.containers[*].image} {.metadata.generation}",
  ]);
  assert.equal(image, "example.org/web:2 2");
  const typo = await rig.run(["apply", "-f", "-"], {
    stdin: DEPLOYMENT.replace("replicas", "replicsa"),
  });
  assert.equal(typo.code, 1);
  assert.match(typo.stderr, /unknown field "spec.replicsa"/);
});

kubectlTest(
  "kubectl patch, label, annotate and scale change objects",
  async (rig) => {
    await rig.ok(["apply", "-f", "-"], { stdin: DEPLOYMENT });
    await rig.ok(["label", "deployment", "web", "tier=front"]);
    await rig.ok(["annotate", "deployment", "web", "note=seen"]);
    await rig.ok([
      "patch",
      "deployment",
      "web",
      "--type=json",
      "-p",
      '[{"op":"replace","path":"/spec/replicas","value":7}]',
    ]);
    await rig.ok([
      "patch",
      "deployment",
      "web",
      "--type=merge",
      "-p",
      '{"spec":{"minReadySeconds":3}}',
    ]);
    await rig.ok([
      "patch",
      "deployment",
      "web",
      "-p",
      '{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"example.org/side:1"}]}}}}',
    ]);
    const shown = await rig.ok([
      "get",
      "deployment",
      "web",
      "-o",
      "jsonpath={.metadata.labels.tier} {.metadata.annotations.note} {.spec.replicas} {.spec.minReadySeconds} {.spec.template.spec.containers[*].name}",
    ]);
    assert.equal(shown, "front seen 7 3 side main");
    await rig.ok(["scale", "deployment", "web", "--replicas=4"]);
    assert.equal(
      await rig.ok([
        "get",
        "deployment",
        "web",
        "-o",
        "jsonpath={.spec.replicas}",
      ]),
      "4",
    );
    const wrong = await rig.run([
      "scale",
      "deployment",
      "web",
      "--current-replicas=9",
      "--replicas=1",
    ]);
    assert.equal(wrong.code, 1);
  },
);

kubectlTest(
  "kubectl describe shows pods, deployments and services",
  async (rig) => {
    await rig.ok(["apply", "-f", "-"], { stdin: `${POD}---${DEPLOYMENT}` });
    assert.match(await rig.ok(["describe", "pod", "one"]), /Status: +Pending/);
    assert.match(
      await rig.ok(["describe", "deployment", "web"]),
      /Replicas: +2 desired/,
    );
    assert.match(
      await rig.ok(["describe", "service", "kubernetes"]),
      /IP: +10\.43\.0\.1/,
    );
  },
);

kubectlTest("kubectl explain and --validate read the schemas", async (rig) => {
  const text = await rig.ok(["explain", "pod.spec.containers"]);
  assert.match(text, /KIND: +Pod/);
  assert.match(text, /imagePullPolicy/);
  const wrong = await rig.run(["create", "-f", "-"], {
    stdin: POD.replace("image:", "imgae:"),
  });
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /imgae/);
});

kubectlTest("kubectl delete and wait see objects go", async (rig) => {
  await rig.ok(["create", "-f", "-"], { stdin: POD });
  assert.equal(await rig.ok(["delete", "pod", "one"]), 'pod "one" deleted\n');
  await rig.ok(["wait", "--for=delete", "pod/one", "--timeout=10s"]);
  await rig.ok(["create", "configmap", "a"]);
  await rig.ok(["create", "configmap", "b"]);
  await rig.ok(["delete", "configmap", "a", "b"]);
  const left = await rig.ok(["get", "configmaps", "-o", "name"]);
  assert.doesNotMatch(left, /configmap\/[ab]\n/);
  const gone = await rig.run(["get", "configmap", "a"]);
  assert.match(
    gone.stderr,
    /Error from server \(NotFound\): configmaps "a" not found/,
  );
});

const SECOND = JSON.stringify({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "second", labels: { in: "test" } },
});

kubectlTest("kubectl get --watch follows changes", async (rig) => {
  await rig.ok(["create", "configmap", "first"]);
  await rig.ok(["label", "configmap", "first", "in=test"]);
  const child = rig.start([
    "get",
    "configmaps",
    "--selector=in=test",
    "--watch",
    "--output=name",
  ]);
  const lines = child.stdout.pipeThrough(new TextDecoderStream());
  let seen = "";
  let made = false;
  for await (const chunk of lines) {
    seen += chunk;
    if (!made && seen.includes("configmap/first")) {
      made = true;
      await rig.ok(["create", "-f", "-"], { stdin: SECOND });
    }
    if (seen.includes("configmap/second")) break;
  }
  child.kill("SIGTERM");
  await child.stderr.cancel();
  await child.status;
  assert.equal(seen, "configmap/first\nconfigmap/second\n");
});

kubectlTest("kubectl refuses what Kubernetes refuses", async (rig) => {
  const fails = async (args: string[], text: RegExp, stdin?: string) => {
    const result = await rig.run(args, stdin === undefined ? {} : { stdin });
    assert.equal(result.code, 1, args.join(" "));
    assert.match(result.stderr, text);
  };
  await fails(
    ["get", "nosuch"],
    /the server doesn't have a resource type "nosuch"/,
  );
  await fails(
    ["create", "configmap", "Wrong_Name"],
    /a lowercase RFC 1123 subdomain must consist of/,
  );
  await fails(
    ["create", "configmap", "x", "-n", "nowhere"],
    /namespaces "nowhere" not found/,
  );
  await fails(
    ["delete", "namespace", "default"],
    /namespaces "default" is forbidden: this namespace may not be deleted/,
  );
  await fails(
    ["get", "pods", "--token=wrong"],
    /You must be logged in to the server|Unauthorized/,
  );
  await fails(
    ["create", "-f", "-"],
    /spec.containers/,
    POD.replace(/spec:.*/, "spec: {}"),
  );
});

kubectlTest(
  "kubectl set image and rollout undo move a deployment",
  async (rig) => {
    await rig.ok(["apply", "-f", "-"], { stdin: DEPLOYMENT });
    await rig.ok(["set", "image", "deployment/web", "main=example.org/web:2"]);
    const sets = [
      "get",
      "replicasets",
      "-o",
      "jsonpath={.items[*].metadata.name}",
    ];
    await rig.ok([
      "wait",
      "--for=jsonpath={.metadata.annotations.deployment\\.kubernetes\\.io/revision}=2",
      "deployment/web",
      "--timeout=10s",
    ]);
    assert.equal((await rig.ok(sets)).split(" ").length, 2);
    await rig.ok(["rollout", "undo", "deployment/web"]);
    const image = await rig.ok([
      "get",
      "deployment",
      "web",
      "-o",
      "jsonpath={.spec.template.spec.containers[0].image}",
    ]);
    assert.equal(image, "example.org/web:1");
  },
);

kubectlTest("kubectl delete namespace empties it first", async (rig) => {
  await rig.ok(["create", "namespace", "shop"]);
  await rig.ok(["create", "configmap", "a", "-n", "shop"]);
  await rig.ok(["delete", "namespace", "shop", "--timeout=20s"]);
  assert.equal(
    await rig.ok(["get", "configmaps", "-n", "shop", "-o", "name"]),
    "",
  );
  const gone = await rig.run(["get", "namespace", "shop"]);
  assert.match(gone.stderr, /namespaces "shop" not found/);
});

kubectlTest("kubectl cordon, taint and drain work on a node", async (rig) => {
  const node = "apiVersion: v1\nkind: Node\nmetadata: { name: n1 }\n";
  await rig.ok(["create", "-f", "-"], { stdin: node });
  await rig.ok(["create", "-f", "-"], {
    stdin: POD.replace("spec: {", "spec: { nodeName: n1,"),
  });
  await rig.ok(["taint", "node", "n1", "example.org/full=yes:NoSchedule"]);
  // Nobody runs the pod, so its grace has to end by force.
  const drain = await rig.run([
    "drain",
    "n1",
    "--force",
    "--grace-period=0",
    "--disable-eviction",
    "--timeout=10s",
  ]);
  assert.equal(drain.code, 0, drain.stderr);
  const spec = await rig.ok([
    "get",
    "node",
    "n1",
    "-o",
    "jsonpath={.spec.unschedulable} {.spec.taints[*].key}",
  ]);
  assert.match(spec, /^true .*example\.org\/full/);
  assert.equal(await rig.ok(["get", "pods", "-o", "name"]), "");
  await rig.ok(["uncordon", "n1"]);
});

kubectlTest(
  "kubectl diff and a server's dry run change nothing",
  async (rig) => {
    await rig.ok(["apply", "-f", "-"], { stdin: DEPLOYMENT });
    const version = [
      "get",
      "deployment",
      "web",
      "-o",
      "jsonpath={.metadata.generation}",
    ];
    const changed = DEPLOYMENT.replace("web:1", "web:2");
    const diff = await rig.run(["diff", "-f", "-"], { stdin: changed });
    assert.equal(diff.code, 1);
    assert.match(
      diff.stdout,
      /\+ +- image: example\.org\/web:2|\+ +image: example\.org\/web:2/,
    );
    const dry = await rig.ok(["apply", "--dry-run=server", "-f", "-"], {
      stdin: changed,
    });
    assert.equal(dry, "deployment.apps/web configured (server dry run)\n");
    assert.equal(await rig.ok(version), "1");
  },
);
