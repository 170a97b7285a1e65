import assert from "node:assert/strict";
import { ServerLink } from "../../../agent/link/server_link.ts";
