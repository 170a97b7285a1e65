import assert from "node:assert/strict";
import { VirtualHost } from "../testing/virtual_host.ts";
import { registryOptions } from "./registry_flags.ts";

const same = (path: string) => path;

Deno.test("registryOptions() reads sizes and the file", async () => {
  const host = new VirtualHost();
  host.files.set(
    "/r.yaml",
    'mirrors: { docker.io: { endpoint: ["http://m"] } }',
  );
  const options = await registryOptions(host, {
    registryConfig: "/r.yaml",
    imagePullRate: "2Mi",
    imageMaxBytes: "64Mi",
  }, same);
  assert.equal(options.bytesPerSecond, 2 * 1024 * 1024);
  assert.equal(options.maxBytes, 64 * 1024 * 1024);
  assert.equal(options.config!.mirrors.get("docker.io")![0]!.href, "http://m/");
  assert.deepEqual(await registryOptions(host, {}, same), {
    maxBytes: 1024 ** 3,
  });
});

for (
  const [flags, message] of [
    [{ imagePullRate: "0" }, /--image-pull-rate must be a number of bytes/],
    [{ imageMaxBytes: "much" }, /--image-max-bytes must be .* not "much"/],
    [{ registryConfig: "/none" }, /--registry-config "\/none" cannot be used/],
    [{ registryConfig: "/bad" }, /Invalid the file: "mirror" is not supported/],
  ] as const
) {
  Deno.test(`registryOptions() refuses ${JSON.stringify(flags)}`, async () => {
    const host = new VirtualHost();
    host.files.set("/bad", "mirror: {}");
    await assert.rejects(registryOptions(host, flags, same), message);
  });
}
