// Makes the npm packages of a release: node make.js PACKED VERSION OUT
// PACKED holds the archives that pack.sh makes. OUT gets one package per platform, which npm installs only where it
// fits, and `heaptui`, whose command starts whichever of them is there. Nothing is downloaded at install time.
"use strict";
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const PLATFORMS = {
  "x86_64-unknown-linux-musl": { os: "linux", cpu: "x64" },
  "aarch64-unknown-linux-musl": { os: "linux", cpu: "arm64" },
  "x86_64-apple-darwin": { os: "darwin", cpu: "x64" },
  "aarch64-apple-darwin": { os: "darwin", cpu: "arm64" },
  "x86_64-pc-windows-msvc": { os: "win32", cpu: "x64" },
};

const [packed, version, out] = process.argv.slice(2);
if (!packed || !version || !out) {
  console.error("usage: node make.js PACKED VERSION OUT");
  process.exit(2);
}

const about = {
  version,
  description: "A terminal explorer for V8 heap snapshots: what grows, who holds it, and which line to change",
  license: "MIT OR Apache-2.0",
};

function write(folder, manifest) {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify(manifest, null, 2) + "\n");
  for (const licence of ["LICENSE-MIT", "LICENSE-APACHE"]) {
    fs.copyFileSync(path.join(__dirname, "../../..", licence), path.join(folder, licence));
  }
}

const optionalDependencies = {};
for (const [target, { os, cpu }] of Object.entries(PLATFORMS)) {
  const archive = path.join(packed, `heaptui-${version}-${target}.tar.gz`);
  if (!fs.existsSync(archive)) {
    console.error(`no ${archive}: left out`);
    continue;
  }
  const name = `@heaptui/${os}-${cpu}`;
  const folder = path.join(out, `platform-${os}-${cpu}`);
  const binary = os === "win32" ? "heaptui.exe" : "heaptui";
  write(folder, { name, ...about, os: [os], cpu: [cpu], files: [binary] });
  const member = `heaptui-${version}-${target}/${binary}`;
  execFileSync("tar", ["-xzf", archive, "--strip-components=1", "-C", folder, member]);
  fs.chmodSync(path.join(folder, binary), 0o755);
  optionalDependencies[name] = version;
}
if (Object.keys(optionalDependencies).length === 0) {
  console.error(`${packed} holds no archive of version ${version}`);
  process.exit(1);
}

const folder = path.join(out, "heaptui");
write(folder, { name: "heaptui", ...about, bin: { heaptui: "heaptui.js" }, files: ["heaptui.js"], optionalDependencies });
fs.copyFileSync(path.join(__dirname, "heaptui.js"), path.join(folder, "heaptui.js"));
fs.copyFileSync(path.join(__dirname, "../../../README.md"), path.join(folder, "README.md"));
