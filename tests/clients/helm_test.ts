/**
 * Helm, built from its Go module, works the server as it works any Kubernetes.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { runCommand, TestCluster } from "../support/cluster.ts";

const HELM = "helm.sh/helm/v3/cmd/helm@v3.19.0";
const CHART = new URL("./chart", import.meta.url).pathname;

/** Whether Go is on this machine. */
const hasGo = await new Deno.Command("go", { args: ["version"] }).output()
  .then(({ success }) => success, () => false);

Deno.test({
  name: "Helm installs, upgrades, rolls back and uninstalls a chart",
  ignore: !hasGo,
  async fn(t) {
    await using cluster = await TestCluster.make();
    const bin = join(cluster.dir, "bin");
    const built = await runCommand("nice", [
      ...["-n", "10", "env", `GOBIN=${bin}`, "GOFLAGS=-mod=mod"],
      ...["go", "install", HELM],
    ]);
    assert.equal(built.code, 0, built.stderr);
    await cluster.startServer();
    const helm = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await runCommand(join(bin, "helm"), [
        ...["--kubeconfig", cluster.kubeconfig, "--namespace", "shops"],
        ...args,
      ]);
      assert.equal(code, 0, `helm ${args.join(" ")}\n${stdout}${stderr}`);
      return stdout;
    };
    const { url } = cluster;
    const { token, ca } = await cluster.credentials();
    using client = Deno.createHttpClient({ caCerts: [ca] });
    // deno-lint-ignore no-explicit-any
    const get = async (path: string): Promise<any> => {
      const answer = await fetch(url + path, {
        client,
        headers: { authorization: `Bearer ${token}` },
      });
      return await answer.json();
    };
    const core = "/api/v1/namespaces/shops";
    const apps = "/apis/apps/v1/namespaces/shops";
    const scaler =
      "/apis/autoscaling/v2/namespaces/shops/horizontalpodautoscalers/first";

    await t.step("install", async () => {
      const told = await helm("install", "first", CHART, "--create-namespace");
      assert.match(told, /STATUS: deployed/);
      const till = await get(
        "/apis/shop.example.org/v1/namespaces/shops/tills/first",
      );
      assert.equal(till.spec.drawers, 2);
      assert.equal((await get(scaler)).spec.maxReplicas, 3);
      const hook = await get(`${core}/configmaps/first-before`);
      assert.equal(hook.data.revision, "1");
      const { metadata } = await get(`${apps}/deployments/first`);
      assert.equal(metadata.annotations["meta.helm.sh/release-name"], "first");
      assert.ok(
        metadata.managedFields.some(({ manager }: { manager: string }) =>
          manager === "helm"
        ),
      );
    });
    await t.step("upgrade: what the chart no longer has goes", async () => {
      await helm(
        ...["upgrade", "first", CHART],
        ...["--set", "replicas=2,greeting=bonjour,autoscaling=false"],
      );
      assert.equal((await get(`${apps}/deployments/first`)).spec.replicas, 2);
      const map = await get(`${core}/configmaps/first-greeting`);
      assert.equal(map.data.greeting, "bonjour");
      assert.equal((await get(scaler)).code, 404);
      const hook = await get(`${core}/configmaps/first-before`);
      assert.equal(hook.data.revision, "2");
    });
    await t.step("upgrade once more", async () => {
      await helm("upgrade", "first", CHART, "--set", "replicas=4");
      assert.equal((await get(`${apps}/deployments/first`)).spec.replicas, 4);
    });
    await t.step(
      "a chart that the server refuses fails and says why",
      async () => {
        const { code, stderr } = await runCommand(join(bin, "helm"), [
          ...["--kubeconfig", cluster.kubeconfig, "--namespace", "shops"],
          ...["upgrade", "first", CHART, "--set", "replicas=-1"],
        ]);
        assert.notEqual(code, 0);
        assert.match(stderr, /spec\.replicas: Invalid value: -1/);
      },
    );
    await t.step("rollback", async () => {
      await helm("rollback", "first", "1");
      assert.equal((await get(`${apps}/deployments/first`)).spec.replicas, 1);
      assert.equal((await get(scaler)).spec.maxReplicas, 3);
      assert.match(await helm("history", "first"), /Rollback to 1/);
      assert.match(await helm("status", "first"), /STATUS: deployed/);
      assert.match(await helm("list"), /first\s+shops\s+5/);
    });
    await t.step("uninstall", async () => {
      await helm("uninstall", "first", "--wait", "--timeout", "30s");
      assert.equal((await get(`${apps}/deployments/first`)).code, 404);
      assert.equal((await get(`${core}/services/first`)).code, 404);
      // Helm leaves custom resource definitions where they are.
      const definition = await get(
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/tills.shop.example.org",
      );
      assert.equal(definition.spec.names.plural, "tills");
    });
  },
});
