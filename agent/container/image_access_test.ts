import assert from "node:assert/strict";
import { HostError } from "../../src/base/host.ts";
import { memoryDisk } from "../../src/testing/memory_disk.ts";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import { ImageAccess } from "./image_access.ts";

Deno.test("isOpen() throws while the file cannot be read, and opens nothing for it", async () => {
  const { crypto } = new VirtualHost();
  const disk = memoryDisk(() => 0) as unknown as VirtualHost["disk"];
  const path = "/data/access.json";
  const used = { username: "ann", password: "secret" };
  const image = {
    imageRef: "sha256:1",
    repository: "registry.example/app",
  };
  const before = new ImageAccess({ disk, crypto }, { path });
  await before.begins("registry.example/app:1");
  await before.ended("registry.example/app:1", { ...image, used });
  const read = disk.readText.bind(disk);
  const access = new ImageAccess({ disk, crypto }, { path });
  const isOpen = (credentials: readonly (typeof used)[]) =>
    access.isOpen("registry.example/app:1", {
      ...image,
      credentials: () => Promise.resolve(credentials),
    });
  disk.readText = () =>
    Promise.reject(new HostError("other", "Too many open files"));
  await assert.rejects(isOpen([]), /Too many open files/);
  disk.readText = read;
  assert.equal(await isOpen([]), false);
  assert.equal(await isOpen([used]), true);
});
