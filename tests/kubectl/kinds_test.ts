import assert from "node:assert/strict";
import { testWith } from "../../src/testing/needs.ts";
import { startRig } from "./rig.ts";

const FILE = new URL("kinds.yaml", import.meta.url).pathname;

/** What `kubectl get -o wide` prints of each object in the file; ages are cut off. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  "netpol/p": ["NAME  POD-SELECTOR", "p  app=db"],
  "ingressclass/nginx": [
    "NAME  CONTROLLER  PARAMETERS",
    "nginx  example.com/nginx  <none>",
  ],
  "ip/10.99.0.1": ["NAME  PARENTREF", "10.99.0.1  services/default/x"],
  "sc/fast": [
    "NAME  PROVISIONER  RECLAIMPOLICY  VOLUMEBINDINGMODE  ALLOWVOLUMEEXPANSION",
    "fast  example.com/disk  Delete  Immediate  false",
  ],
  "csidriver/disk.example.com": [
    "NAME  ATTACHREQUIRED  PODINFOONMOUNT  STORAGECAPACITY  TOKENREQUESTS  REQUIRESREPUBLISH  MODES",
    "disk.example.com  true  true  false  <unset>  false  Persistent",
  ],
  "csinode/n1": ["NAME  DRIVERS", "n1  1"],
  "csistoragecapacity/c1": [
    "NAME  STORAGECLASSNAME  CAPACITY",
    "c1  fast  10Gi",
  ],
  "volumeattachment/va": [
    "NAME  ATTACHER  PV  NODE  ATTACHED",
    "va  disk.example.com  pv1  n1  false",
  ],
  "vac/gold": ["NAME  DRIVERNAME", "gold  disk.example.com"],
  "runtimeclass/kata": ["NAME  HANDLER", "kata  kata"],
  "flowschema/mine": [
    "NAME  PRIORITYLEVEL  MATCHINGPRECEDENCE  DISTINGUISHERMETHOD  MISSINGPL",
    "mine  workload-low  8000  <none>  ?",
  ],
  "prioritylevelconfiguration/mine": [
    "NAME  TYPE  NOMINALCONCURRENCYSHARES  QUEUES  HANDSIZE  QUEUELENGTHLIMIT",
    "mine  Limited  30  <none>  <none>  <none>",
  ],
  "deviceclass/gpu": ["NAME", "gpu"],
  "resourceclaimtemplate/t": ["NAME", "t"],
  "resourceclaim/c": ["NAME  STATE", "c  pending"],
  "resourceslice/s": [
    "NAME  NODE  DRIVER  POOL",
    "s  n1  gpu.example.com  n1",
  ],
  "validatingwebhookconfiguration/w": ["NAME  WEBHOOKS", "w  1"],
  "apiservice/v1.local.example.com": [
    "NAME  SERVICE  AVAILABLE",
    "v1.local.example.com  Local  True",
  ],
};

/** A table with two spaces between its columns, and without the column of ages. */
function plain(text: string): string[] {
  const rows = text.trimEnd().split("\n");
  const at = rows[0]!.search(/AGE\b/);
  const next = at < 0 ? -1 : at + rows[0]!.slice(at).search(/(?<=\s)\S|$/);
  return rows.map((row) =>
    (at < 0 ? row : row.slice(0, at) + row.slice(next))
      .trim().replace(/ {2,}/g, "  ")
  );
}

testWith("kubectl applies and gets an object of each kind", {
  needs: ["kubectl"],
  async fn() {
    await using rig = await startRig();
    const applied = await rig.ok(["apply", "-f", FILE]);
    const count = Object.keys(SHOWN).length;
    assert.equal(applied.match(/ created$/gm)?.length, count);
    const differences = await rig.run(["diff", "-f", FILE]);
    assert.equal(differences.stderr, "");
    for (const [object, expected] of Object.entries(SHOWN)) {
      const text = await rig.ok(["get", object, "-o", "wide"]);
      assert.deepEqual(plain(text), expected, object);
    }
    const gone = await rig.ok(["delete", "-f", FILE]);
    assert.equal(gone.match(/ deleted\b/g)?.length, count);
    for (const _time of ["first", "again"]) {
      const served = await rig.ok(["apply", "--server-side", "-f", FILE]);
      assert.equal(served.match(/ serverside-applied$/gm)?.length, count);
    }
  },
});

testWith("kubectl makes roles, bindings, ingresses and classes of words", {
  needs: ["kubectl"],
  async fn() {
    await using rig = await startRig();
    const make = (...words: string[]) => rig.ok(["create", ...words]);
    await make("role", "r", "--verb=get", "--resource=pods,deployments.apps");
    await make("rolebinding", "rb", "--role=r", "--user=ann");
    await make("clusterrole", "sum", "--aggregation-rule=sum=true");
    await make("clusterrolebinding", "crb", "--clusterrole=sum", "--group=all");
    const rule = "--rule=a.example.com/*=svc:80,tls=cert";
    await make("ingress", "web", "--class=nginx", rule);
    await make("priorityclass", "high", "--value=1000");
    const shown = async (object: string) =>
      plain(await rig.ok(["get", object, "-o", "wide"]))[1];
    assert.equal(await shown("rolebinding/rb"), "rb  Role/r  ann");
    assert.equal(
      await shown("clusterrolebinding/crb"),
      "crb  ClusterRole/sum  all",
    );
    assert.equal(await shown("ing/web"), "web  nginx  a.example.com  80, 443");
    assert.equal(
      await shown("pc/high"),
      "high  1000  false  PreemptLowerPriority",
    );
    const role = await rig.ok(["describe", "role/r"]);
    assert.match(role, /deployments\.apps +\[\] +\[\] +\[get\]/);
    const why = await rig.run([
      "patch",
      "rolebinding/rb",
      "-p",
      '{"roleRef":{"name":"other"}}',
    ]);
    assert.equal(
      why.stderr,
      'The RoleBinding "rb" is invalid: roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"other"}: cannot change roleRef\n',
    );
  },
});
