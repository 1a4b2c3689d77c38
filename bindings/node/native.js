// The addon, bound to the libraries it was linked with, whatever copies of them Node carries itself.
import os from "node:os";
import { fileURLToPath } from "node:url";

const addon = { exports: {} };
process.dlopen(
  addon,
  fileURLToPath(new URL("./connex.node", import.meta.url)),
  os.constants.dlopen.RTLD_NOW | (os.constants.dlopen.RTLD_DEEPBIND ?? 0),
);
export default addon.exports;
