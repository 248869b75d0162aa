//! The top-level resources: networks, volumes, secrets, configs, models.

use super::{At, Decoder, Keys, boolean, integer, list_of, mapping, text, text_mapping, texts};
use crate::compose::value::Value;
use crate::model::{FileObject, Ipam, IpamConfig, Model, Network, Volume};

#[allow(clippy::unnecessary_wraps)] // one signature for all readers
pub(super) fn network(d: &mut Decoder<'_>, _: &str, value: &Value, at: &At<'_>) -> Option<Network> {
    let mut k = Keys::of(d, value, at);
    Some(Network {
        name: k.field(d, "name", text),
        driver: k.field(d, "driver", text),
        driver_opts: k.or_empty(d, "driver_opts", mapping),
        external: k.or_empty(d, "external", boolean),
        internal: k.field(d, "internal", boolean),
        attachable: k.field(d, "attachable", boolean),
        enable_ipv4: k.field(d, "enable_ipv4", boolean),
        enable_ipv6: k.field(d, "enable_ipv6", boolean),
        ipam: k.field(d, "ipam", ipam),
        labels: k.or_empty(d, "labels", mapping),
        extensions: k.rest(),
    })
}

#[allow(clippy::unnecessary_wraps)]
fn ipam(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<Ipam> {
    let mut k = Keys::of(d, value, at);
    Some(Ipam {
        driver: k.field(d, "driver", text),
        config: k.or_empty(d, "config", |d, v, at| list_of(d, v, at, ipam_config)),
        options: k.or_empty(d, "options", mapping),
        extensions: k.rest(),
    })
}

#[allow(clippy::unnecessary_wraps)]
fn ipam_config(d: &mut Decoder<'_>, value: &Value, at: &At<'_>) -> Option<IpamConfig> {
    let mut k = Keys::of(d, value, at);
    Some(IpamConfig {
        subnet: k.field(d, "subnet", text),
        gateway: k.field(d, "gateway", text),
        ip_range: k.field(d, "ip_range", text),
        aux_addresses: k.or_empty(d, "aux_addresses", mapping),
        extensions: k.rest(),
    })
}

#[allow(clippy::unnecessary_wraps)]
pub(super) fn volume(d: &mut Decoder<'_>, _: &str, value: &Value, at: &At<'_>) -> Option<Volume> {
    let mut k = Keys::of(d, value, at);
    Some(Volume {
        name: k.field(d, "name", text),
        driver: k.field(d, "driver", text),
        driver_opts: k.or_empty(d, "driver_opts", mapping),
        external: k.or_empty(d, "external", boolean),
        labels: k.or_empty(d, "labels", mapping),
        extensions: k.rest(),
    })
}

#[allow(clippy::unnecessary_wraps)]
pub(super) fn file_object(d: &mut Decoder<'_>, _: &str, value: &Value, at: &At<'_>) -> Option<FileObject> {
    let mut k = Keys::of(d, value, at);
    Some(FileObject {
        name: k.field(d, "name", text),
        file: k.field(d, "file", text),
        environment: k.field(d, "environment", text),
        content: k.field(d, "content", text),
        external: k.or_empty(d, "external", boolean),
        labels: k.or_empty(d, "labels", mapping),
        driver: k.field(d, "driver", text),
        driver_opts: k.or_empty(d, "driver_opts", text_mapping),
        template_driver: k.field(d, "template_driver", text),
        extensions: k.rest(),
    })
}

#[allow(clippy::unnecessary_wraps)]
pub(super) fn model(d: &mut Decoder<'_>, _: &str, value: &Value, at: &At<'_>) -> Option<Model> {
    let mut k = Keys::of(d, value, at);
    Some(Model {
        name: k.field(d, "name", text),
        model: k.field(d, "model", text),
        context_size: k.field(d, "context_size", integer),
        runtime_flags: k.or_empty(d, "runtime_flags", texts),
        extensions: k.rest(),
    })
}
