/// Pictures in and out: files, resizing, and the arrays a vision model reads and writes.
///
/// Reading order: `Picture` (pixels), `PictureReader` (PNG and JPEG, with `PngDecoder`,
/// `JpegDecoder`, `Orientation` and `Transparency` behind it), `Resize` and `Filter` (Pillow's
/// resampling), `ImageProcessor` (SigLIP's preprocessing and its inverse), `PictureWriter` and
/// `ContactSheet`.
///
/// The JDK decodes the compressed data and nothing else: headers, sizes, palettes, transparency,
/// colour spaces and rotation tags are read here, so that colours are the same on every JDK and a
/// file cannot ask for more memory than its checked header allows.
package dev.chrysalis.models.image;
