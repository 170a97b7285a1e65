import assert from "node:assert/strict";
import { imageOf, overBoth, pieces, textOf } from "./registry_rig.ts";

const GRACE_MS = 3_600_000;
const NOW = "_wherry/registry/garbage";

overBoth(
  "removes what nothing refers to after the grace, by itself",
  async (rig) => {
    const { manifest, blobs } = await rig.pushImage("app", "v1", [
      "one",
      "two",
    ]);
    const { blobs: others } = await rig.pushImage("app", "v2", [
      "two",
      "three",
    ]);
    await rig.pushBlob("left", "alone");
    const begun = await rig.begin("left");
    await rig.expect(202, "PATCH", begun, { body: "part" });
    await rig.begin("left");
    await rig.expect(202, "DELETE", `app/manifests/${manifest}`);
    await rig.virtual.advance(GRACE_MS - 1);
    await rig.expect(200, "HEAD", `left/blobs/${rig.sha256("alone")}`);
    await rig.expect(204, "GET", begun);
    // Both were asked for, so that they and what led up to them count as young again.
    await rig.virtual.advance(1);
    await quiet(rig);
    await rig.expect(200, "HEAD", `app/blobs/${others[1]}`);
    await rig.expect(204, "GET", begun);
    for (let n = 0; n < 3; n++) {
      await rig.virtual.advance(GRACE_MS);
      await quiet(rig);
    }
    await rig.expect(404, "HEAD", `app/blobs/${blobs[1]}`);
    await rig.expect(404, "HEAD", `left/blobs/${rig.sha256("alone")}`);
    await rig.expect(404, "GET", begun);
    assert.deepEqual((await rig.json("_catalog")).repositories, ["app"]);
    for (const digest of others) {
      await textOf(await rig.expect(200, "GET", `app/blobs/${digest}`));
    }
    // Nothing is left of it, and nothing will wake the server again.
    assert.equal(rig.virtual.timers, 0);
    const keys = (await rig.keys()).join("\n");
    for (const gone of [blobs[1]!, manifest, rig.sha256("alone"), "upload"]) {
      assert.ok(!keys.includes(gone), gone);
    }
    assert.deepEqual(
      rig.files().filter((path) => /uploads/.test(path)),
      [],
    );
  },
);

overBoth(
  "spares all of a push whose contents take longer than the grace",
  async (rig) => {
    const first = await rig.pushBlob("app", "first");
    const upload = await rig.begin("app");
    const { promise: hung, resolve: onHang } = Promise.withResolvers<void>();
    const sending = rig.ask("PATCH", upload, {
      body: pieces(["second"], { onHang }),
    });
    await hung;
    for (let n = 0; n < 5; n++) {
      await rig.virtual.advance(GRACE_MS);
      await quiet(rig);
    }
    await rig.expect(200, "HEAD", `app/blobs/${first}`);
    const second = rig.sha256("second");
    await rig.expect(201, "PUT", `${upload}?digest=${second}`);
    await (await sending).body?.cancel();
    await rig.pushManifest(
      "app",
      "v1",
      imageOf([first, second], ["first", "second"]),
    );
  },
  { stallMs: 100 * GRACE_MS },
);

overBoth("collects when told to, and says what it did", async (rig) => {
  await rig.pushImage("app", "v1", ["layer"]);
  await rig.pushBlob("app", "x".repeat(100));
  await rig.expect(202, "PATCH", await rig.begin("app"), { body: "part" });
  const spared = await (await rig.expect(200, "POST", NOW)).json();
  assert.deepEqual(spared, {
    uploads: 0,
    blobs: 0,
    contents: 0,
    freedBytes: 0,
    spared: 2,
  });
  await rig.virtual.advance(1);
  const path = `${NOW}?graceSeconds=0`;
  const done = await (await rig.expect(200, "POST", path)).json();
  assert.deepEqual(done, {
    uploads: 1,
    blobs: 1,
    contents: 1,
    freedBytes: 104,
    spared: 0,
  });
  await rig.expect(400, "POST", `${NOW}?graceSeconds=x`);
  await textOf(await rig.expect(200, "GET", "app/manifests/v1"));
});

overBoth(
  "removes nothing soon after a start: pushes may have been under way",
  async (rig) => {
    const digest = await rig.pushBlob("app", "content");
    const upload = await rig.begin("app");
    await rig.virtual.advance(GRACE_MS - 1);
    await rig.restart();
    await rig.virtual.advance(GRACE_MS - 1);
    await quiet(rig);
    await rig.pushManifest("app", "v1", imageOf([digest], ["content"]));
    await rig.virtual.advance(1);
    await quiet(rig);
    await rig.expect(404, "GET", upload);
    await textOf(await rig.expect(200, "GET", `app/blobs/${digest}`));
  },
);

/** Lets what the timers began come to its end: it works on a real disk. */
async function quiet(
  { virtual }: { virtual: { readonly running: readonly string[] } },
): Promise<void> {
  while (virtual.running.length > 0) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
