/**
 * Ports that probes and hooks name.
 *
 * @module
 */
import type { Container } from "../../src/api/core/container.ts";

/** The number of a port. @throws {Error} in kubelet's words when there is none */
export function portNumber(
  port: number | string,
  container: Container,
): number {
  const named = typeof port === "string"
    ? container.ports?.find(({ name }) => name === port)?.containerPort
    : port;
  if (named === undefined && !/^[-+]?\d+$/.test(String(port))) {
    throw problem(
      `strconv.Atoi: parsing ${JSON.stringify(port)}: invalid syntax`,
    );
  }
  const number = named ?? Number(port);
  if (number > 0 && number < 65_536) return number;
  throw problem(`invalid port number: ${number}`);
}

/** The words are kubelet's. */
function problem(message: string): Error {
  return new Error(message);
}
