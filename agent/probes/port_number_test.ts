import assert from "node:assert/strict";
import { portNumber } from "./port_number.ts";

Deno.test("portNumber() finds ports by name or number, and says what is wrong as kubelet does", () => {
  const container = {
    name: "app",
    ports: [{ name: "80", containerPort: 8080 }],
  };
  assert.equal(portNumber(81, container), 81);
  assert.equal(portNumber("80", container), 8080); // a name comes first
  assert.equal(portNumber("82", container), 82);
  const problem = (port: number | string) => {
    try {
      return portNumber(port, container);
    } catch (error) {
      return (error as Error).message;
    }
  };
  assert.equal(problem("web"), 'strconv.Atoi: parsing "web": invalid syntax');
  assert.equal(problem(0), "invalid port number: 0");
  assert.equal(problem(70_000), "invalid port number: 70000");
  assert.equal(problem("-1"), "invalid port number: -1");
});
