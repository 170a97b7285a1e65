/**
 * The command line against a real server: what is printed where, and with which exit status.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type CommandResult, TestCluster } from "../support/cluster.ts";

const CONFIG_MAP = (name: string, data: Record<string, string>) =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name },
    data,
  });

/** Fails unless a command failed with this status, printed nothing, and said why in one line (and where there is help). */
function refused(result: CommandResult, why: RegExp, code = 1): void {
  assert.equal(result.code, code, result.stderr);
  assert.equal(result.stdout, "");
  const said = result.stderr.trim().split("\n").filter((line) =>
    !/^\(.*\)$/.test(line)
  );
  assert.equal(said.length, 1, result.stderr);
  assert.match(said[0]!, why);
}

Deno.test("wherry does what its commands say", async (t) => {
  await using cluster = await TestCluster.make();
  await cluster.startServer();
  const wherry = cluster.wherry.bind(cluster);
  const file = async (name: string, text: string) => {
    const path = join(cluster.dir, name);
    await Deno.writeTextFile(path, text);
    return path;
  };
  const ok = async (...args: string[]) => {
    const { code, stdout, stderr } = await wherry(...args);
    assert.equal(code, 0, stderr);
    return stdout;
  };

  await t.step("what is not understood ends with 2 and a hint", async () => {
    refused(await wherry("gett", "pods"), /unknown command 'gett'/, 2);
    const typo = await wherry("get", "pods", "--watchh");
    refused(typo, /unknown option '--watchh'/, 2);
    assert.match(typo.stderr, /\(Did you mean --watch\?\)/);
    assert.match(typo.stderr, /\(wherry get --help says more\)/);
    refused(await wherry("get"), /missing required argument/, 2);
    refused(await wherry("get", "pods", "-o", "xml"), /output format "xml"/, 2);
    refused(await wherry("apply"), /must specify one of -f/, 2);
    refused(await wherry("delete", "pods"), /no name was specified/, 2);
    refused(await wherry("scale", "deploy/x"), /--replicas/, 2);
    refused(await wherry("logs"), /expected POD/, 2);
    refused(
      await wherry("server", "--data-dir", "d", "--listen", "x"),
      /--listen must be ADDRESS:PORT/,
      2,
    );
    refused(
      await wherry("agent", "--data-dir", "d", "--server", "http://x"),
      /--server must be an https URL/,
      2,
    );
    const long = join("/tmp", "x".repeat(100));
    refused(
      await wherry("agent", "--data-dir", long, "--server", "https://x"),
      /--data-dir must be at most \d+ bytes/,
      2,
    );
  });

  await t.step("help is whole, on standard output, with status 0", async () => {
    const { code, stdout, stderr } = await wherry("--help");
    assert.equal(code, 0);
    assert.equal(stderr, "");
    assert.match(stdout, /^Usage: wherry/);
    assert.match(
      stdout,
      /Exit status: 0 done, 1 .*, 2 .*\n`wherry COMMAND --help` .*\n$/,
    );
    for (
      const verb of [
        ...["get", "apply", "token create", "image import", "up"],
        ...["run", "dev", "build", "push", "pull", "image ls", "doctor"],
      ]
    ) {
      const words = verb.split(" ");
      assert.match(
        await ok(...words, "--help"),
        new RegExp(`^Usage: wherry ${verb}[ |]`),
      );
    }
  });

  await t.step(
    "failures on the way to the server are one line that says what to do",
    async () => {
      const config = await Deno.readTextFile(cluster.kubeconfig);
      const using = async (text: string) =>
        await wherry("--kubeconfig", await file("other", text), "get", "pods");
      refused(
        await wherry("--kubeconfig", "/nowhere", "get", "pods"),
        /^error: no kubeconfig \(.*\): set KUBECONFIG or give --kubeconfig/,
      );
      refused(await using("a: [b"), /Cannot parse the kubeconfig/);
      refused(
        await using(config.replace(/127\.0\.0\.1:\d+/, "127.0.0.1:1")),
        /^error: Cannot reach the server https:\/\/127\.0\.0\.1:1: .*refused.*is it running/i,
      );
      refused(
        await using(config.replace(/token: .*/, "token: wrong")),
        /^error: You must be logged in to the server \(Unauthorized\)/,
      );
      // Another authority: the one of a second server.
      await using other = await TestCluster.make();
      await other.startServer();
      const authority = /certificate-authority-data: .*/;
      const { 0: foreign } = authority.exec(
        await Deno.readTextFile(other.kubeconfig),
      )!;
      refused(
        await using(config.replace(authority, foreign)),
        /^error: Cannot trust the server https:\/\/.*use the kubeconfig that this server wrote/,
      );
    },
  );

  await t.step(
    "apply creates, configures, leaves alone and prunes",
    async () => {
      const path = await file("a.json", CONFIG_MAP("a", { x: "1", y: "2" }));
      assert.equal(await ok("apply", "-f", path), "configmap/a created\n");
      assert.equal(await ok("apply", "-f", path), "configmap/a unchanged\n");
      await file("a.json", CONFIG_MAP("a", { x: "3" }));
      assert.equal(
        await ok("apply", "-f", path, "--dry-run", "server"),
        "configmap/a configured (server dry run)\n",
      );
      assert.equal(
        await ok("apply", "-f", path, "--dry-run", "client"),
        "configmap/a configured (dry run)\n",
      );
      assert.equal(await ok("apply", "-f", path), "configmap/a configured\n");
      const { data } = await cluster.get<{ data: unknown }>("configmap", "a");
      assert.deepEqual(data, { x: "3" });
    },
  );

  await t.step(
    "apply finds nothing to do when only the spelling differs",
    async () => {
      const path = await file(
        "spelling.yaml",
        `apiVersion: v1
kind: Secret
metadata: { name: spelling }
stringData: { pin: "0815" }
---
apiVersion: v1
kind: Pod
metadata: { name: spelling }
spec:
  containers:
    - name: c
      image: i
      resources: { requests: { cpu: "1000", memory: 1024Ki } }
---
apiVersion: v1
kind: Service
metadata: { name: spelling }
spec: { selector: { a: b }, ports: [{ port: 80 }] }
`,
      );
      await ok("apply", "-f", path);
      for (const line of (await ok("apply", "-f", path)).trim().split("\n")) {
        assert.match(line, / unchanged$/);
      }
      await ok("delete", "-f", path);
    },
  );

  await t.step(
    "apply reads folders, and goes on after an object that is refused",
    async () => {
      const folder = join(cluster.dir, "folder");
      await Deno.mkdir(join(folder, "inner"), { recursive: true });
      await file("folder/1.yaml", CONFIG_MAP("one", {}));
      await file("folder/notes.txt", "not for the server");
      await file("folder/inner/2.yml", CONFIG_MAP("two", {}));
      assert.equal(await ok("apply", "-f", folder), "configmap/one created\n");
      assert.equal(
        await ok("apply", "-R", "-f", folder),
        "configmap/one unchanged\nconfigmap/two created\n",
      );
      await file(
        "folder/0.json",
        CONFIG_MAP("wrong", {}).replace('"data"', '"datta"'),
      );
      const { code, stdout, stderr } = await wherry("apply", "-f", folder);
      assert.equal(code, 1);
      assert.equal(stdout, "configmap/one unchanged\n");
      assert.match(
        stderr,
        /^Error from server \(BadRequest\): error when applying ".*0\.json": .*unknown field "datta"\n$/,
      );
      await ok("delete", "cm", "one", "two");
    },
  );

  await t.step("delete says what it does, and what is not there", async () => {
    const path = await file("gone.json", CONFIG_MAP("gone", {}));
    await ok("apply", "-f", path);
    assert.equal(
      await ok("delete", "-f", path),
      'configmap "gone" deleted from default namespace\n',
    );
    refused(
      await wherry("delete", "-f", path),
      /^Error from server \(NotFound\): configmaps "gone" not found$/,
    );
    assert.equal(await ok("delete", "-f", path, "--ignore-not-found"), "");
  });

  await t.step("scale refuses what has no replicas", async () => {
    refused(
      await wherry("scale", "configmap/a", "--replicas", "2"),
      /cannot scale configmap\/a: configmaps have no replicas/,
    );
    refused(
      await wherry("scale", "deploy/none", "--replicas", "2"),
      /deployments\.apps "none" not found/,
    );
  });

  await t.step(
    "token create prints a join token of the wanted life",
    async () => {
      const token = await ok("token", "create", "--ttl", "1h");
      assert.match(token, /^[a-z0-9]{6}\.[a-z0-9]{16}@sha256:[0-9a-f]{64}\n$/);
      const endless = await ok("token", "create", "--ttl", "0");
      const list = await ok("token", "list");
      const [, expires = ""] = new RegExp(`^${token.slice(0, 6)} +(\\S+)`, "m")
        .exec(list)!;
      const minutes = (Date.parse(expires) - Date.now()) / 60_000;
      assert.ok(minutes > 50 && minutes <= 60, expires);
      assert.match(list, new RegExp(`^${endless.slice(0, 6)} +<never>`, "m"));
      assert.doesNotMatch(list, new RegExp(token.slice(7, 23)));
      await ok("token", "delete", token.trim());
      assert.doesNotMatch(
        await ok("token", "list"),
        new RegExp(`^${token.slice(0, 6)}`, "m"),
      );
      refused(
        await wherry("token", "create", "--ttl", "soon"),
        /Not a duration/,
        2,
      );
    },
  );

  await t.step("image import says what is wrong", async () => {
    refused(await wherry("image", "import", "/no.tar"), /does not exist/);
    refused(
      await wherry("image", "import", cluster.kubeconfig, "--data-dir", "/no"),
      /no agent answers at \/no\/agent\.sock: is it running/,
    );
  });

  await t.step("version prints both as text and as JSON", async () => {
    assert.match(
      await ok("version"),
      /^Client Version: v\d+\.\d+\.\d+\nServer Version: v1\.\d+\.\d+/,
    );
    const { clientVersion, serverVersion } = JSON.parse(
      await ok("version", "-o", "json"),
    );
    assert.match(clientVersion.gitVersion, /^v\d/);
    assert.equal(serverVersion.major, "1");
    assert.doesNotMatch(await ok("version", "--client"), /Server/);
  });

  await t.step("logs on standard error are JSON when asked for", async () => {
    await using other = await TestCluster.make();
    await other.startServer(["--log-format", "json"]);
    const [first = ""] = (await other.log("server")).split("\n");
    const { time, level, message } = JSON.parse(first);
    assert.ok(Date.parse(time) > 0);
    assert.equal(level, "info");
    assert.equal(typeof message, "string");
  });

  await t.step("simulate prints the same bytes for the same seed", async () => {
    const args = ["simulate", "--seed", "7"];
    const [first, second] = [await ok(...args), await ok(...args)];
    assert.ok(first.length > 0);
    assert.equal(first, second);
    assert.notEqual(await ok("simulate", "--seed", "8"), first);
    refused(await wherry("simulate", "--seed", "x"), /Not a whole number/, 2);
  });
});
