/**
 * Listens on a D-Bus.
 *
 * @module
 * @see {@link https://dbus.freedesktop.org/doc/dbus-specification.html}
 */
import { encodeText } from "../../src/base/bytes.ts";
import { type ByteStream, type Host, HostError } from "../../src/base/host.ts";
import {
  DBUS_TYPES,
  type DbusMessage,
  decodeMessage,
  encodeMessage,
  messageLength,
} from "./dbus_message.ts";

/** Where the machine's bus is. */
export const SYSTEM_BUS = "/run/dbus/system_bus_socket";

const BUS = {
  destination: "org.freedesktop.DBus",
  path: "/org/freedesktop/DBus",
  interface: "org.freedesktop.DBus",
} as const;

/** One connection to a bus. */
export class DbusConnection implements Disposable {
  readonly #stream: ByteStream;
  #received = new Uint8Array(0);
  #serial = 0;
  #isClosed = false;

  private constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  /** Connects, and says who we are. @throws {HostError} `not-found`, `refused` where no bus is */
  static async open(
    { net, processes }: Pick<Host, "net" | "processes">,
    path = SYSTEM_BUS,
  ): Promise<DbusConnection> {
    const connection = new DbusConnection(await net.dial({ path }));
    try {
      const uid = [...String(processes.uid)]
        .map((digit) => digit.charCodeAt(0).toString(16)).join("");
      await connection.#write(encodeText(`\0AUTH EXTERNAL ${uid}\r\n`));
      const answer = await connection.#line();
      if (!answer.startsWith("OK ")) {
        throw new HostError(
          "permission",
          `The bus does not let us in: ${answer}`,
        );
      }
      await connection.#write(encodeText("BEGIN\r\n"));
      await connection.callBus("Hello");
      return connection;
    } catch (error) {
      connection[Symbol.dispose]();
      throw error;
    }
  }

  /** Calls the bus itself; nobody waits for the answer. */
  async callBus(member: string, ...body: DbusMessage["body"]): Promise<void> {
    await this.send({ type: DBUS_TYPES.call, ...BUS, member, body });
  }

  /** Sends a message. */
  async send(message: DbusMessage): Promise<void> {
    await this.#write(encodeMessage(message, ++this.#serial));
  }

  /** What comes, until the bus closes the connection. */
  async *messages(): AsyncGenerator<DbusMessage> {
    for (;;) {
      const length = messageLength(this.#received);
      if (length !== undefined && this.#received.length >= length) {
        const message = decodeMessage(this.#received.slice(0, length));
        this.#received = this.#received.slice(length);
        yield message;
      } else if (!await this.#read()) return;
    }
  }

  /** Also twice: whoever waits for a message is woken by another's close. */
  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stream.close();
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#received.indexOf("\n".charCodeAt(0));
      if (end >= 0) {
        const line = new TextDecoder().decode(this.#received.slice(0, end));
        this.#received = this.#received.slice(end + 1);
        return line.trim();
      }
      if (!await this.#read()) {
        throw new HostError("closed", "The bus closed the connection");
      }
    }
  }

  async #read(): Promise<boolean> {
    const buffer = new Uint8Array(4096);
    const count = await this.#stream.read(buffer);
    if (count === null) return false;
    const joined = new Uint8Array(this.#received.length + count);
    joined.set(this.#received);
    joined.set(buffer.subarray(0, count), this.#received.length);
    this.#received = joined;
    return true;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      at += await this.#stream.write(bytes.subarray(at));
    }
  }
}
