import assert from "node:assert/strict";
import { parseChallenges } from "./challenge.ts";

for (
  const [header, expected] of [
    ['Basic realm="wherry"', [{
      scheme: "basic",
      params: { realm: "wherry" },
    }]],
    [
      'Bearer realm="https://auth.example/token",service="r",scope="repository:a/b:pull,push"',
      [{
        scheme: "bearer",
        params: {
          realm: "https://auth.example/token",
          service: "r",
          scope: "repository:a/b:pull,push",
        },
      }],
    ],
    [
      'Negotiate, Bearer realm = "a\\"b" , x=y, Basic realm=z',
      [
        { scheme: "negotiate", params: {} },
        { scheme: "bearer", params: { realm: 'a"b', x: "y" } },
        { scheme: "basic", params: { realm: "z" } },
      ],
    ],
    ["", []],
    ['"nonsense', []],
  ] as const
) {
  Deno.test(`parseChallenges() takes ${header || "nothing"} apart`, () => {
    assert.deepEqual(parseChallenges(header), expected);
  });
}
