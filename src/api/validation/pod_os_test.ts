import assert from "node:assert/strict";
import type { Container } from "../core/container.ts";
import type { PodSpec } from "../core/pod_spec.ts";
import {
  validateHostProcess,
  validateOs,
  validateWindowsOptions,
} from "./pod_os.ts";

function spec(fields: Partial<PodSpec>, container?: Partial<Container>) {
  return {
    containers: [{ name: "c", image: "i", ...container } as Container],
    ...fields,
  } as PodSpec;
}

const texts = (found: { field: string; message: string }[]) =>
  found.map(({ field, message }) => `${field}: ${message}`);

Deno.test("validateOs() refuses on Windows what only Linux has", () => {
  const found = validateOs(
    spec({
      os: { name: "windows" },
      hostPID: true,
      hostUsers: false,
      securityContext: { runAsUser: 1, runAsNonRoot: true },
    }, { securityContext: { privileged: false } }),
    "spec",
  );
  assert.deepEqual(
    texts(found),
    [
      "spec.securityContext.runAsUser",
      "spec.hostUsers",
      "spec.hostPID",
      "spec.containers[0].securityContext.privileged",
    ].map((field) => `${field}: Forbidden: cannot be set for a windows pod`),
  );
});

Deno.test("validateOs() refuses settings for Windows on Linux", () => {
  const found = validateOs(
    spec({
      os: { name: "linux" },
      securityContext: { windowsOptions: {} },
      initContainers: [{
        name: "i",
        securityContext: { windowsOptions: {} },
      } as Container],
    }),
    "spec",
  );
  assert.deepEqual(
    texts(found),
    ["spec.securityContext", "spec.initContainers[0].securityContext"].map(
      (at) =>
        `${at}.windowsOptions: Forbidden: windows options cannot be set for a linux pod`,
    ),
  );
});

Deno.test("validateOs() knows linux and windows", () => {
  const asked = (name: string) =>
    texts(validateOs(spec({ os: { name } }), "spec"));
  assert.deepEqual(asked("linux"), []);
  assert.deepEqual(asked("windows"), []);
  assert.deepEqual(asked(""), ["spec.os.name: Required value"]);
  assert.deepEqual(asked("dos"), [
    'spec.os: Unsupported value: "dos": supported values: "linux", "windows"',
  ]);
  assert.deepEqual(validateOs(spec({}), "spec"), []);
});

Deno.test("validateHostProcess() wants all containers to be processes of the host, in its network", () => {
  const found = validateHostProcess(
    spec({
      initContainers: [{ name: "i" } as Container],
    }, { securityContext: { windowsOptions: { hostProcess: true } } }),
    "spec",
  );
  assert.deepEqual(texts(found), [
    'spec: Invalid value: "": If pod contains any hostProcess containers then all containers must be HostProcess containers',
    "spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any hostProcess containers",
  ]);
});

Deno.test("validateHostProcess() wants a container to say the same as its Pod", () => {
  const found = validateHostProcess(
    spec({
      hostNetwork: true,
      securityContext: { windowsOptions: { hostProcess: false } },
    }, { securityContext: { windowsOptions: { hostProcess: true } } }),
    "spec",
  );
  assert.deepEqual(texts(found), [
    "spec.containers[0].securityContext.windowsOptions.hostProcess: Invalid value: true: pod hostProcess value must be identical if both are specified, was false",
  ]);
});

for (
  const [name, ...faults] of [
    ["ContainerUser"],
    ["NT AUTHORITY\\SYSTEM"],
    ["", " cannot be an empty string"],
    ["a\\b\\c", " cannot contain more than one backslash"],
    ["\u0001", " cannot contain control characters"],
    [".d\\u", "'s Domain doesn't match the NetBios nor the DNS format"],
    ["d\\", "'s User cannot be empty"],
    ["...", "'s User cannot contain only periods or spaces"],
    [
      "a@b",
      `'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]`,
    ],
  ] as const
) {
  Deno.test(`validateWindowsOptions() reads the user name ${JSON.stringify(name)}`, () => {
    const found = validateWindowsOptions({ runAsUserName: name }, "at");
    const value = JSON.stringify(name);
    assert.deepEqual(
      texts(found).map((text) => text.replaceAll("\u0001", "\\u0001")),
      faults.map((fault) =>
        `at.runAsUserName: Invalid value: ${value}: runAsUserName${fault}`
      ),
    );
  });
}
