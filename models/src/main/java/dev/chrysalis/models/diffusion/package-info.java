/// Latent diffusion as in Stable Diffusion: the UNet, the autoencoder, noise schedules and
/// samplers, and the adapter that turns visual features into the UNet's context.
///
/// Reading order: `LatentDiffusion` (how a picture is made), `UNet` and `AutoencoderKl` with their
/// configs, `ResnetBlock` and `SpatialTransformer` that they are built of, `NoiseSchedule`,
/// `Sampler` and its four kinds, `VisualAdapter`, `DiffusionLoss` (training), `DiffusionFolder` and
/// `SamplerJson` (files).
package dev.chrysalis.models.diffusion;
