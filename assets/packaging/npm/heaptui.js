#!/usr/bin/env node
// Starts the binary of this platform's package.
"use strict";
const { spawnSync } = require("node:child_process");

const binary = process.platform === "win32" ? "heaptui.exe" : "heaptui";
const name = `@heaptui/${process.platform}-${process.arch}`;
let file;
try {
  file = require.resolve(`${name}/${binary}`);
} catch {
  console.error(`heaptui: there is no binary for ${process.platform}-${process.arch}: package ${name} is not installed.
Install without --no-optional, or build it: cargo install heaptui`);
  process.exit(2);
}
const { status, signal, error } = spawnSync(file, process.argv.slice(2), { stdio: "inherit" });
if (error) {
  console.error(`heaptui: cannot start ${file}: ${error.message}`);
  process.exit(2);
}
if (signal) process.kill(process.pid, signal);
process.exit(status);
