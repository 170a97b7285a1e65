import assert from "node:assert/strict";
import { foundTools, testWith } from "../../testing/needs.ts";

/** Drops what a client sends only to acknowledge (no data, so at most 80 bytes with all options). */
const SILENT_CLIENT = `
table inet silent_client {
  chain output {
    type filter hook output priority 0;
    tcp dport 10443 tcp flags & (fin|syn|rst|ack) == ack meta length <= 80 counter drop
  }
}
`;

testWith(
  "serve() sends every part of an answer when the client does not acknowledge the one before",
  {
    needs: ["root", "nft"],
    async fn() {
      const program = new URL("../../testing/no_ack.ts", import.meta.url);
      const config = new URL("../../../deno.json", import.meta.url);
      const folder = await Deno.makeTempDir();
      try {
        await Deno.writeTextFile(`${folder}/rules.nft`, SILENT_CLIENT);
        // a namespace of its own, which ends with the shell
        const { code, stdout, stderr } = await new Deno.Command("unshare", {
          args: [
            "--net",
            "sh",
            "-ec",
            `ip link set lo up
             "$1" -f "$2"
             timeout 30 "$3" run --quiet --allow-all --config "$4" "$5"
             "$1" list ruleset | grep --only-matching "counter packets [0-9]*"`,
            "sh",
            String(foundTools().nft ?? "nft"),
            `${folder}/rules.nft`,
            Deno.execPath(),
            config.pathname,
            program.pathname,
          ],
        }).output();
        const decoder = new TextDecoder();
        assert.equal(code, 0, decoder.decode(stderr));
        const [answer, dropped] = decoder.decode(stdout).trim().split("\n");
        assert.equal(answer, "first second third");
        assert.match(dropped ?? "", /packets [1-9]/); // the client was silent indeed
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  },
);
