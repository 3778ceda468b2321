// cloud_view.ts: ions drawn as balls in a box that can be turned; by three.
// SPDX-License-Identifier: GPL-3.0-or-later
import {
  BufferAttribute,
  BufferGeometry,
  LineBasicMaterial,
  LineSegments,
  OrthographicCamera,
  PerspectiveCamera,
  Points,
  Scene,
  ShaderMaterial,
  Vector3,
  WebGLRenderer,
} from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
import type { CloudPart, Vector } from "./cloud_model";
import { edgesOf, rgb, scaleEdge, toView } from "./cloud_model";
import { general } from "./format";
import { ticks } from "./map_model";

const VERTEX = `
attribute vec4 tint;
uniform float size, pixels, least, near, far;
uniform bool perspective, clustered;
uniform vec3 colour;
varying vec3 ink;
varying float wide, fade;
void main() {
  bool other = clustered && tint.a < 0.5;
  if (other && gl_VertexID % 10 != 0) { // a few are enough to show where the rest is
    gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
    return;
  }
  vec4 at = modelViewMatrix * vec4(position, 1.0);
  gl_Position = projectionMatrix * at;
  wide = clamp((other ? 0.5 : 1.0) * size * pixels / (perspective ? -at.z : 1.0), least, 60.0);
  gl_PointSize = wide;
  fade = 0.45 * clamp((-at.z - near) / (far - near), 0.0, 1.0);
  ink = !clustered ? colour : other ? vec3(0.55) : tint.rgb;
}`;

// Colours go in and out as sRGB, so that they are those of the other figures.
const FRAGMENT = `
uniform vec3 paper;
varying vec3 ink;
varying float wide, fade;
void main() {
  vec2 p = 2.0 * gl_PointCoord - 1.0;
  float r = dot(p, p);
  if (r > 1.0 && wide > 2.5) discard;
  float light = wide > 4.0 ? 1.08 - 0.5 * r : 1.0;
  gl_FragColor = vec4(mix(ink * light, paper, fade), 1.0);
}`;

const FIELD = 30; // degrees that the perspective camera sees
const HALF_TANGENT = Math.tan((FIELD * Math.PI) / 360);
const HOME: Vector = [-0.55, -0.78, 0.36]; // direction to the camera at first

const FRAME = 35; // ms that a picture may take while the view moves
const MARGIN = 60; // px round the box, for its scales

export interface Inks {
  paper: string;
  soft: string;
  ink: string;
}

export interface CloudOptions {
  host: HTMLElement; // gets the canvas
  scales: SVGSVGElement; // gets the axes
  parts: CloudPart[];
  colours: string[]; // of the parts
  clusterColours: string[];
  bounds: Vector[]; // nm
  inks: Inks;
  size: number; // nm
}

// WebGL is there; asked on a canvas of its own, because a failed one cannot be used again.
export function hasWebGL(): boolean {
  try {
    const canvas = document.createElement("canvas");
    const gl = canvas.getContext("webgl2");
    gl?.getExtension("WEBGL_lose_context")?.loseContext();
    return gl !== null;
  } catch {
    return false;
  }
}

export class CloudView {
  private renderer: WebGLRenderer;
  private scene = new Scene();
  private flat = new OrthographicCamera();
  private deep = new PerspectiveCamera(FIELD);
  private perspective = false;
  private controls: OrbitControls;
  private clouds: Points<BufferGeometry, ShaderMaterial>[];
  private box: LineSegments<BufferGeometry, LineBasicMaterial>;
  private width = 1;
  private height = 1;
  private radius: number; // of the box's sphere, nm
  private frame = 0; // requested, 0: none
  private rest = 0; // timer that ends a movement
  private touched = false; // someone has turned, moved or zoomed it
  private share = 1; // of the ions drawn while moving
  private moving = false;
  private thin: number[]; // share of each part that is drawn
  private clustered = false;

  constructor(private o: CloudOptions) {
    this.renderer = new WebGLRenderer({ antialias: true, alpha: true });
    this.renderer.setPixelRatio(Math.min(window.devicePixelRatio || 1, 2));
    this.renderer.domElement.setAttribute("aria-hidden", "true");
    o.host.prepend(this.renderer.domElement);
    const edge = (i: number) => o.bounds[1][i] - o.bounds[0][i];
    this.radius = Math.max(Math.hypot(edge(0), edge(1), edge(2)) / 2, 0.5);
    this.thin = o.parts.map(() => 1);
    this.clouds = o.parts.map((part, i) => this.cloudOf(part, o.colours[i]));
    this.box = this.boxOf();
    this.scene.add(...this.clouds, this.box);
    for (const camera of [this.flat, this.deep]) camera.up.set(0, 0, 1);
    this.controls = this.controlsFor(this.flat);
    const shown = o.parts.reduce((n, p) => n + p.shown, 0);
    this.share = Math.min(1, 50000 / Math.max(shown, 1));
    this.reset();
  }

  private cloudOf(part: CloudPart, colour: string) {
    const { bounds, clusterColours } = this.o;
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new BufferAttribute(part.places, 3, true));
    if (part.clusters) {
      const palette = clusterColours.map((c) => rgb(c).map((v) => Math.round(255 * v)));
      const tint = new Uint8Array(4 * part.shown);
      part.clusters.forEach((cluster, i) => {
        if (cluster > 0) tint.set([...palette[cluster % palette.length], 255], 4 * i);
      });
      geometry.setAttribute("tint", new BufferAttribute(tint, 4, true));
    }
    const material = new ShaderMaterial({
      vertexShader: VERTEX,
      fragmentShader: FRAGMENT,
      uniforms: {
        size: { value: this.o.size },
        pixels: { value: 1 },
        least: { value: 1 },
        near: { value: 0 },
        far: { value: 1 },
        perspective: { value: false },
        clustered: { value: false },
        colour: { value: rgb(colour) },
        paper: { value: rgb(this.o.inks.paper) },
      },
    });
    const cloud = new Points(geometry, material);
    const low = toView([bounds[0][0], bounds[0][1], bounds[0][2]], bounds);
    const high = toView([bounds[1][0], bounds[1][1], bounds[1][2]], bounds);
    cloud.position.set(...low);
    cloud.scale.set(
      high[0] - low[0] || 1e-6,
      high[1] - low[1] || 1e-6,
      high[2] - low[2] || 1e-6,
    );
    cloud.frustumCulled = false;
    return cloud;
  }

  private boxOf() {
    const ends = edgesOf(this.o.bounds, () => [0, 0, 1]).flatMap((e) =>
      e.ends.flatMap((v) => toView(v, this.o.bounds)),
    );
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new BufferAttribute(new Float32Array(ends), 3));
    return new LineSegments(geometry, new LineBasicMaterial({ color: this.o.inks.soft }));
  }

  private controlsFor(camera: OrthographicCamera | PerspectiveCamera): OrbitControls {
    const controls = new OrbitControls(camera, this.renderer.domElement);
    controls.enableZoom = false; // until the figure has the focus
    controls.minZoom = 0.2;
    controls.maxZoom = 200;
    controls.minDistance = 0.02 * this.radius;
    controls.maxDistance = 20 * this.radius;
    controls.addEventListener("start", () => (this.touched = true));
    controls.addEventListener("change", () => this.moved());
    return controls;
  }

  private get camera(): OrthographicCamera | PerspectiveCamera {
    return this.perspective ? this.deep : this.flat;
  }

  // Half of the height that is seen at the target, nm.
  private get reach(): number {
    return this.perspective
      ? this.deep.position.distanceTo(this.controls.target) * HALF_TANGENT
      : this.flat.top / this.flat.zoom;
  }

  // The wheel zooms only what has the focus, so that a page that scrolls past stays as it is.
  set wheel(on: boolean) {
    this.controls.enableZoom = on;
  }

  resize(width: number, height: number): void {
    const before = this.fit();
    this.width = width;
    this.height = height;
    this.renderer.setSize(width, height);
    const half = this.fit();
    const aspect = width / height;
    this.flat.top = half;
    this.flat.bottom = -half;
    this.flat.left = -half * aspect;
    this.flat.right = half * aspect;
    this.flat.near = -20 * this.radius;
    this.flat.far = 20 * this.radius;
    this.flat.updateProjectionMatrix();
    this.deep.aspect = aspect;
    const offset = this.deep.position.clone().sub(this.controls.target);
    this.deep.position.copy(this.controls.target).addScaledVector(offset, half / before);
    if (!this.touched) this.fill();
    this.draw();
  }

  // Half of the height in which the whole box is seen from anywhere, with room for the scales.
  private fit(): number {
    return (1.12 * this.radius) / Math.min(1, this.width / this.height);
  }

  reset(): void {
    this.look(HOME);
    this.touched = false;
  }

  // Look at the middle of the box from a direction, the whole box in sight.
  look(from: Vector): void {
    const direction = new Vector3(...from).normalize();
    this.controls.target.set(0, 0, 0);
    this.flat.zoom = 1;
    this.flat.updateProjectionMatrix();
    const distance = this.perspective ? this.fit() / HALF_TANGENT : 4 * this.radius;
    this.camera.position.copy(direction.multiplyScalar(distance));
    this.controls.update();
    this.fill();
    this.request();
  }

  // Come as near as the box and its scales allow.
  private fill(): void {
    for (let pass = 0; pass < 3; pass++) {
      this.camera.updateMatrixWorld();
      let most = 0.01;
      for (const edge of edgesOf(this.o.bounds, () => [0, 0, 1])) {
        for (const end of edge.ends) {
          const [x, y] = this.project(end);
          const across = Math.abs(x - this.width / 2) / (this.width / 2 - MARGIN);
          const up = Math.abs(y - this.height / 2) / (this.height / 2 - MARGIN);
          most = Math.max(most, across, up);
        }
      }
      this.scale(1 / most);
    }
  }

  setPerspective(on: boolean): void {
    if (on === this.perspective) return;
    const reach = this.reach;
    const { target, enableZoom } = this.controls;
    const offset = this.camera.position.clone().sub(target).normalize();
    this.controls.dispose();
    this.perspective = on;
    this.controls = this.controlsFor(this.camera);
    this.controls.enableZoom = enableZoom;
    this.controls.target.copy(target);
    if (on) this.deep.position.copy(target).addScaledVector(offset, reach / HALF_TANGENT);
    else {
      this.flat.position.copy(target).addScaledVector(offset, 4 * this.radius);
      this.flat.zoom = this.flat.top / reach;
      this.flat.updateProjectionMatrix();
    }
    this.controls.update();
    this.request();
  }

  zoom(factor: number): void {
    this.touched = true;
    this.scale(factor);
    this.moved();
  }

  private scale(factor: number): void {
    if (this.perspective) {
      const offset = this.deep.position.clone().sub(this.controls.target);
      this.deep.position.copy(this.controls.target).addScaledVector(offset, 1 / factor);
    } else {
      this.flat.zoom = Math.min(Math.max(this.flat.zoom * factor, 0.2), 200);
      this.flat.updateProjectionMatrix();
    }
    this.controls.update();
  }

  // Turn about the vertical and up or down, in radians.
  turn(about: number, up: number): void {
    this.touched = true;
    const offset = this.camera.position.clone().sub(this.controls.target);
    const distance = offset.length();
    const azimuth = Math.atan2(offset.y, offset.x) + about;
    const height = Math.asin(offset.z / distance) + up;
    const safe = Math.min(Math.max(height, -1.5707), 1.5707);
    offset.set(
      Math.cos(azimuth) * Math.cos(safe),
      Math.sin(azimuth) * Math.cos(safe),
      Math.sin(safe),
    );
    this.camera.position.copy(this.controls.target).addScaledVector(offset, distance);
    this.controls.update();
    this.moved();
  }

  // Shift by shares of the height in sight.
  pan(across: number, up: number): void {
    this.touched = true;
    const { elements } = this.camera.matrixWorld;
    const step = 2 * this.reach;
    const shift = new Vector3(elements[0], elements[1], elements[2])
      .multiplyScalar(across * step)
      .addScaledVector(new Vector3(elements[4], elements[5], elements[6]), up * step);
    this.controls.target.add(shift);
    this.camera.position.add(shift);
    this.controls.update();
    this.moved();
  }

  setVisible(visible: boolean[]): void {
    this.clouds.forEach((cloud, i) => (cloud.visible = visible[i]));
    this.request();
  }

  // Draw so large a share of each part.
  setThin(shares: number[]): void {
    this.thin = shares;
    this.request();
  }

  setSize(size: number): void {
    this.o.size = size;
    this.request();
  }

  setClustered(on: boolean): void {
    this.clustered = on;
    this.clouds.forEach((c) => (c.material.uniforms.clustered.value = on));
    this.request();
  }

  setInks(inks: Inks): void {
    this.o.inks = inks;
    this.clouds.forEach((c) => (c.material.uniforms.paper.value = rgb(inks.paper)));
    this.box.material.color.set(inks.soft);
    this.request();
  }

  // The picture as it is, for paper.
  picture(): string {
    this.draw();
    return this.renderer.domElement.toDataURL("image/png");
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.rest);
    this.controls.dispose();
    for (const object of [...this.clouds, this.box]) {
      object.geometry.dispose();
      object.material.dispose();
    }
    this.renderer.dispose();
    this.renderer.domElement.remove();
  }

  private request(): void {
    if (this.frame === 0)
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        this.draw();
      });
  }

  // Draw, and learn how many ions can be drawn in time. Reading a pixel waits for the picture.
  private drawTimed(): void {
    const gl = this.renderer.getContext();
    const begin = performance.now();
    this.renderer.render(this.scene, this.camera);
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    const took = Math.max(performance.now() - begin, 1);
    const wanted = this.share * Math.min(Math.max(FRAME / took, 0.4), 1.5);
    this.share = Math.min(Math.max(wanted, 0.02), 1);
  }

  // While the view moves, draw no more ions than the machine can follow; all once it rests.
  private moved(): void {
    this.moving = true;
    clearTimeout(this.rest);
    this.rest = window.setTimeout(() => {
      this.moving = false;
      this.request();
    }, 180);
    this.request();
  }

  private draw(): void {
    const { camera, o } = this;
    const distance = camera.position.distanceTo(this.controls.target);
    if (this.perspective) {
      this.deep.near = Math.max(distance - 4 * this.radius, 0.01 * this.radius);
      this.deep.far = distance + 4 * this.radius;
      this.deep.updateProjectionMatrix();
    }
    camera.updateMatrixWorld();
    const ratio = this.renderer.getPixelRatio();
    const pixels =
      ratio *
      (this.perspective
        ? this.height / (2 * HALF_TANGENT)
        : this.height / (2 * this.reach));
    const share = this.moving ? this.share : 1;
    this.clouds.forEach((cloud, i) => {
      const u = cloud.material.uniforms;
      u.size.value = o.size;
      u.pixels.value = pixels;
      u.least.value = ratio;
      u.perspective.value = this.perspective;
      u.near.value = distance - this.radius;
      u.far.value = distance + this.radius;
      const part = this.clustered ? share : this.thin[i] * share;
      cloud.geometry.setDrawRange(0, Math.ceil(part * o.parts[i].shown));
    });
    if (this.moving) this.drawTimed();
    else this.renderer.render(this.scene, camera);
    this.drawScales();
  }

  private towards(at: Vector): Vector {
    const { camera } = this;
    const v = this.perspective
      ? camera.position.clone().sub(new Vector3(...at))
      : camera.position.clone().sub(this.controls.target);
    v.normalize();
    return [v.x, v.y, v.z];
  }

  private project = (at: Vector): [number, number] => {
    const v = new Vector3(...toView(at, this.o.bounds)).project(this.camera);
    return [((v.x + 1) / 2) * this.width, ((1 - v.y) / 2) * this.height];
  };

  // Ticks, numbers and names along one edge of the box per axis.
  private drawScales(): void {
    const { bounds, scales } = this.o;
    scales.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    scales.replaceChildren();
    const edges = edgesOf(bounds, (at) => this.towards(at));
    const middle = this.project(
      [0, 1, 2].map((i) => (bounds[0][i] + bounds[1][i]) / 2) as Vector,
    );
    for (let axis = 0; axis < 3; axis++) {
      const found = scaleEdge(edges, axis, this.project);
      if (found) this.drawScale(axis, found.edge.ends[0], found.from, found.to, middle);
    }
  }

  private drawScale(
    axis: number,
    corner: Vector,
    from: [number, number],
    to: [number, number],
    middle: [number, number],
  ): void {
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    const length = Math.hypot(dx, dy);
    // Across the edge, away from the middle of the box.
    const mid = [(from[0] + to[0]) / 2 - middle[0], (from[1] + to[1]) / 2 - middle[1]];
    const side = -dy * mid[0] + dx * mid[1] < 0 ? -1 : 1;
    const out = [(-dy / length) * side, (dx / length) * side];
    const bounds = this.o.bounds.map((b) => b[axis]);
    for (const value of ticks(bounds[0], bounds[1], Math.max(2, length / 70))) {
      const at: Vector = [...corner];
      at[axis] = value;
      const [x, y] = this.project(at);
      this.svg("line", { x1: x, y1: y, x2: x + 5 * out[0], y2: y + 5 * out[1] });
      this.text(general(value), x + 16 * out[0], y + 14 * out[1]);
    }
    const name = ["x (nm)", "y (nm)", "depth z (nm)"][axis];
    const off = 34 + (Math.abs(out[0]) > 0.7 ? 22 : 0);
    const x = (from[0] + to[0]) / 2 + off * out[0];
    const y = (from[1] + to[1]) / 2 + off * out[1];
    let angle = (Math.atan2(dy, dx) * 180) / Math.PI;
    if (angle > 90 || angle <= -90) angle += 180;
    this.text(name, x, y, Math.abs(angle) > 89 ? -90 : angle);
  }

  private svg(tag: string, attributes: Record<string, number | string>): SVGElement {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes))
      element.setAttribute(name, typeof value === "number" ? value.toFixed(1) : value);
    this.o.scales.append(element);
    return element;
  }

  private text(words: string, x: number, y: number, angle = 0): void {
    const place = `translate(${x.toFixed(1)} ${y.toFixed(1)}) rotate(${angle.toFixed(1)})`;
    const attributes = { transform: place, dy: "0.35em", "text-anchor": "middle" };
    this.svg("text", attributes).textContent = words;
  }
}
