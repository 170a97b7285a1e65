import assert from "node:assert/strict";
import { join } from "node:path";
import { testWith } from "../../src/testing/needs.ts";
import { type KubectlRig, startRig } from "./rig.ts";

/** One server for a group of steps: each start costs a second of a slow machine. */
function kubectlTest(
  name: string,
  fn: (rig: KubectlRig) => Promise<void>,
  needs: ("kubectl" | "openssl")[] = ["kubectl"],
): void {
  testWith(name, {
    needs,
    async fn() {
      await using rig = await startRig();
      await fn(rig);
    },
  });
}

/** Asks again until something is there that a controller makes. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 100; tries++) {
    const value = await ask();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("Gave up waiting");
}

const lines = (text: string) =>
  text.trim().split("\n").map((line) => line.replace(/ {2,}/g, "  ").trim());

kubectlTest(
  "kubectl auth tells who one is and what one may do",
  async (rig) => {
    assert.deepEqual(lines(await rig.ok(["auth", "whoami"])), [
      "ATTRIBUTE  VALUE",
      "Username  admin",
      "UID  admin",
      "Groups  [system:masters system:authenticated]",
    ]);
    assert.equal(await rig.ok(["auth", "can-i", "*", "*"]), "yes\n");
    const robot = "--as=system:serviceaccount:default:robot";
    assert.deepEqual(lines(await rig.ok(["auth", "whoami", robot])), [
      "ATTRIBUTE  VALUE",
      "Username  system:serviceaccount:default:robot",
      "Groups  [system:serviceaccounts system:serviceaccounts:default system:authenticated]",
    ]);
    const no = await rig.run(["auth", "can-i", "list", "pods", robot]);
    assert.deepEqual([no.code, no.stdout], [1, "no\n"]);
    const refused = await rig.run(["get", "pods", robot]);
    assert.equal(
      refused.stderr,
      'Error from server (Forbidden): pods is forbidden: User "system:serviceaccount:default:robot" cannot list resource "pods" in API group "" in the namespace "default"\n',
    );
    await rig.ok(["create", "serviceaccount", "robot"]);
    await rig.ok([
      "create",
      "rolebinding",
      "view",
      "--clusterrole=view",
      "--serviceaccount=default:robot",
    ]);
    await until(async () => {
      const { stdout } = await rig.run([
        "auth",
        "can-i",
        "list",
        "pods",
        robot,
      ]);
      return stdout === "yes\n" ? true : undefined;
    });
    assert.equal(await rig.ok(["get", "pods", robot]), "");
    const list = lines(await rig.ok(["auth", "can-i", "--list", robot]));
    assert.equal(
      list[0],
      "Resources  Non-Resource URLs  Resource Names  Verbs",
    );
    for (
      const line of [
        "selfsubjectreviews.authentication.k8s.io  []  []  [create]",
        "pods  []  []  [get list watch]",
        "[/api/*]  []  [get]",
      ]
    ) assert.ok(list.includes(line), `${line}\n${list.join("\n")}`);
    const secrets = await rig.run(["get", "secrets", robot]);
    assert.match(secrets.stderr, /cannot list resource "secrets"/);
  },
);

kubectlTest(
  "kubectl create makes roles and bindings, and nobody gives more than they have",
  async (rig) => {
    await rig.ok([
      "create",
      "role",
      "reader",
      "--verb=get,list",
      "--resource=pods,deployments.apps",
      "--resource-name=one",
    ]);
    await rig.ok([
      "create",
      "clusterrole",
      "paths",
      "--verb=get",
      "--non-resource-url=/metrics",
    ]);
    await rig.ok([
      "create",
      "clusterrole",
      "gathered",
      "--aggregation-rule=part=yes",
    ]);
    await rig.ok([
      "create",
      "clusterrolebinding",
      "paths",
      "--clusterrole=paths",
      "--user=jane",
      "--group=crew",
    ]);
    assert.deepEqual(
      lines(await rig.ok(["describe", "role", "reader"])).slice(-4),
      [
        "Resources  Non-Resource URLs  Resource Names  Verbs",
        "---------  -----------------  --------------  -----",
        "pods  []  [one]  [get list]",
        "deployments.apps  []  [one]  [get list]",
      ],
    );
    assert.match(
      await rig.ok(["get", "clusterrolebinding", "paths", "-o", "wide"]),
      /^NAME +ROLE +AGE +USERS +GROUPS +SERVICEACCOUNTS\npaths +ClusterRole\/paths +\S+ +jane +crew +\n$/,
    );
    await rig.ok([
      "create",
      "clusterrole",
      "part",
      "--verb=get",
      "--resource=nodes",
    ]);
    await rig.ok(["label", "clusterrole", "part", "part=yes"]);
    const gathered = await until(async () => {
      const text = await rig.ok([
        "get",
        "clusterrole",
        "gathered",
        "-o",
        "jsonpath={.rules}",
      ]);
      return text === "" || text === "[]" ? undefined : JSON.parse(text);
    });
    assert.deepEqual(gathered, [
      { apiGroups: [""], resources: ["nodes"], verbs: ["get"] },
    ]);
    // A namespace's admin may give what admins have there, and no more.
    await rig.ok([
      "create",
      "rolebinding",
      "admins",
      "--clusterrole=admin",
      "--user=ann",
    ]);
    const ann = "--as=ann";
    await until(async () => {
      const can = ["auth", "can-i", "create", "rolebindings", ann];
      return (await rig.run(can)).stdout === "yes\n" ? true : undefined;
    });
    await rig.ok([
      "create",
      "rolebinding",
      "edit",
      "--clusterrole=edit",
      "--user=joe",
      ann,
    ]);
    const refused = await rig.run([
      "create",
      "rolebinding",
      "all",
      "--clusterrole=cluster-admin",
      "--user=joe",
      ann,
    ]);
    assert.equal(
      refused.stderr,
      [
        'error: failed to create rolebinding: rolebindings.rbac.authorization.k8s.io "all" is forbidden: user "ann" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:',
        '{APIGroups:["*"], Resources:["*"], Verbs:["*"]}',
        '{NonResourceURLs:["*"], Verbs:["*"]}',
        "",
      ].join("\n"),
    );
    await rig.ok(["delete", "role", "reader"]);
    const file = await rig.ok([
      "create",
      "role",
      "reader",
      "--verb=get",
      "--resource=pods",
      "--namespace=default",
      "--dry-run=client",
      "-o",
      "yaml",
    ]);
    assert.match(
      await rig.ok(["auth", "reconcile", "-f", "-"], { stdin: file }),
      /^role\.rbac\.authorization\.k8s\.io\/reader reconciled\n/,
    );
  },
);

kubectlTest(
  "kubectl create token makes tokens that the server knows",
  async (rig) => {
    await rig.ok(["create", "serviceaccount", "robot"]);
    const token = (await rig.ok(["create", "token", "robot"])).trim();
    const whoami = (token: string) =>
      rig.run([
        "auth",
        "whoami",
        "-o",
        "jsonpath={.status.userInfo.username}",
        `--token=${token}`,
        `--server=${rig.server.url}`,
        "--kubeconfig=/dev/null",
        "--insecure-skip-tls-verify",
      ]);
    assert.equal(
      (await whoami(token)).stdout,
      "system:serviceaccount:default:robot",
    );
    const short = await rig.run(["create", "token", "robot", "--duration=5m"]);
    assert.equal(
      short.stderr,
      'error: failed to create token: TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 300: may not specify a duration less than 10 minutes\n',
    );
    const nobody = await rig.run(["create", "token", "nobody"]);
    assert.equal(
      nobody.stderr,
      'error: failed to create token: serviceaccounts "nobody" not found\n',
    );
    // A Secret of its own, filled by the server.
    await rig.ok(["apply", "-f", "-"], {
      stdin: JSON.stringify({
        apiVersion: "v1",
        kind: "Secret",
        metadata: {
          name: "robot",
          annotations: { "kubernetes.io/service-account.name": "robot" },
        },
        type: "kubernetes.io/service-account-token",
      }),
    });
    const lasting = await until(async () => {
      const base64 = await rig.ok([
        "get",
        "secret",
        "robot",
        "-o",
        "jsonpath={.data.token}",
      ]);
      return base64 === "" ? undefined : atob(base64);
    });
    assert.equal(
      (await whoami(lasting)).stdout,
      "system:serviceaccount:default:robot",
    );
    const bound = (await rig.ok([
      "create",
      "token",
      "robot",
      "--bound-object-kind=Secret",
      "--bound-object-name=robot",
    ])).trim();
    assert.equal((await whoami(bound)).code, 0);
    await rig.ok(["delete", "secret", "robot"]);
    for (const gone of [lasting, bound]) {
      assert.match(
        (await whoami(gone)).stderr,
        /^error: You must be logged in to the server \(Unauthorized\)/,
      );
    }
    assert.equal((await whoami(token)).code, 0);
  },
);

kubectlTest(
  "kubectl certificate approves what the cluster's authority then signs",
  async (rig) => {
    const folder = await Deno.makeTempDir();
    try {
      const key = join(folder, "jane.key");
      const { stdout } = await new Deno.Command("openssl", {
        args: [
          "req",
          "-new",
          "-nodes",
          "-newkey",
          "rsa:2048",
          "-keyout",
          key,
          "-subj",
          "/O=crew/CN=jane",
        ],
        stderr: "null",
      }).output();
      const csr = (name: string) => ({
        apiVersion: "certificates.k8s.io/v1",
        kind: "CertificateSigningRequest",
        metadata: { name },
        spec: {
          request: stdout.toBase64(),
          signerName: "kubernetes.io/kube-apiserver-client",
          usages: ["client auth"],
          expirationSeconds: 3600,
        },
      });
      for (const name of ["jane", "other"]) {
        await rig.ok(["create", "-f", "-"], {
          stdin: JSON.stringify(csr(name)),
        });
      }
      assert.match(
        await rig.ok(["get", "csr", "jane", "--no-headers"]),
        /^jane +\S+ +kubernetes\.io\/kube-apiserver-client +admin +60m +Pending\n$/,
      );
      assert.equal(
        await rig.ok(["certificate", "approve", "jane"]),
        "certificatesigningrequest.certificates.k8s.io/jane approved\n",
      );
      await rig.ok(["certificate", "deny", "other"]);
      const certificate = await until(async () => {
        const base64 = await rig.ok([
          "get",
          "csr",
          "jane",
          "-o",
          "jsonpath={.status.certificate}",
        ]);
        return base64 === "" ? undefined : atob(base64);
      });
      assert.match(
        await rig.ok(["get", "csr", "--no-headers"]),
        /jane .* Approved,Issued\nother .* Denied\n$/,
      );
      const file = join(folder, "jane.crt");
      await Deno.writeTextFile(file, certificate);
      const ca = join(folder, "ca.crt");
      await Deno.writeTextFile(ca, rig.server.caCertificate);
      const jane = [
        "--kubeconfig=/dev/null",
        `--server=${rig.server.url}`,
        `--certificate-authority=${ca}`,
        `--client-certificate=${file}`,
        `--client-key=${key}`,
      ];
      const whoami = lines(await rig.ok(["auth", "whoami", ...jane]));
      assert.ok(whoami.includes("Username  jane"), whoami.join("\n"));
      assert.ok(whoami.includes("Groups  [crew system:authenticated]"));
      const refused = await rig.run(["get", "nodes", ...jane]);
      assert.equal(
        refused.stderr,
        'Error from server (Forbidden): nodes is forbidden: User "jane" cannot list resource "nodes" in API group "" at the cluster scope\n',
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
  ["kubectl", "openssl"],
);
