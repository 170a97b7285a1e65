import assert from "node:assert/strict";
import { Command } from "commander";
import {
  duration,
  type ManifestFlags,
  manifestOptions,
  withManifestFlags,
} from "./manifest_flags.ts";

function optionsOf(...args: string[]) {
  const command = withManifestFlags(new Command()).exitOverride()
    .configureOutput({ writeErr: () => {} });
  command.parse(args, { from: "user" });
  return manifestOptions(command.opts<ManifestFlags>(), (path) => `/${path}`);
}

Deno.test("manifestOptions() has kubelet's defaults", () => {
  assert.deepEqual(optionsOf(), { pathCheckMs: 20_000, urlCheckMs: 20_000 });
});

Deno.test("manifestOptions() takes paths, URLs, headers and periods", () => {
  assert.deepEqual(
    optionsOf(
      ...["--pod-manifest-path", "manifests", "--file-check-frequency", "1m"],
      ...["--manifest-url", "http://host/pods"],
      ...["--manifest-url-header", "a:b,c:d e", "--manifest-url-header", "f:"],
      ...["--http-check-frequency", "1.5s"],
    ),
    {
      path: "/manifests",
      pathCheckMs: 60_000,
      url: "http://host/pods",
      urlHeaders: [["a", "b"], ["c", "d e"], ["f", ""]],
      urlCheckMs: 1_500,
    },
  );
});

Deno.test("manifestOptions() says what it does not take", () => {
  assert.throws(
    () => optionsOf("--manifest-url", "file:///etc"),
    /must be an http or https URL/,
  );
  assert.throws(
    () =>
      optionsOf("--manifest-url", "http://h/", "--manifest-url-header", "x"),
    /must be a:b,c:d/,
  );
  assert.throws(() => optionsOf("--file-check-frequency", "0s"), /nothing/);
});

Deno.test("duration() reads Go's durations", () => {
  assert.equal(duration("1h2m3s4ms"), 3_723_004);
  assert.throws(() => duration("20"), /such as 20s/);
});
