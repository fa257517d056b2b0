//! `#[derive(HostType)]`: the fields of a struct as fields of script objects.
//!
//! Use it through the feature `derive` of `ruff-core`, whose documentation of `HostType` shows it.

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::quote;
use syn::{Attribute, Data, DeriveInput, Field, Fields, LitStr, parse_macro_input};

/// Implements `ruff_core::ScriptObject`: `Player::host_type()` is a `HostType<Player>` with a member for each field, to which
/// methods, operators and a constructor can be added; and objects can be results of natives.
///
/// * `#[host(name = "…")]` on the struct or a field: its name in scripts, instead of its Rust name.
/// * `#[host(skip)]` on a field: scripts do not see it.
/// * `#[host(readonly)]` on a field: scripts do not write it.
/// * `#[host(part)]` on a field that is a host type itself: scripts change it in place.
///
/// Fields that are neither skipped nor parts are copied out with `Clone`.
#[proc_macro_derive(HostType, attributes(host))]
pub fn derive_host_type(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// What `#[host(…)]` says.
#[derive(Default)]
struct Options {
    name: Option<String>,
    skip: bool,
    readonly: bool,
    part: bool,
}

impl Options {
    fn of(attributes: &[Attribute]) -> syn::Result<Options> {
        let mut options = Options::default();
        for attribute in attributes.iter().filter(|a| a.path().is_ident("host")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("name") {
                    options.name = Some(meta.value()?.parse::<LitStr>()?.value());
                } else if meta.path.is_ident("skip") {
                    options.skip = true;
                } else if meta.path.is_ident("readonly") {
                    options.readonly = true;
                } else if meta.path.is_ident("part") {
                    options.part = true;
                } else {
                    return Err(meta.error("expected `name = \"…\"`, `skip`, `readonly` or `part`"));
                }
                Ok(())
            })?;
        }
        Ok(options)
    }
}

fn expand(input: &DeriveInput) -> syn::Result<Tokens> {
    let Data::Struct(data) = &input.data else {
        return Err(syn::Error::new_spanned(&input.ident, "HostType can only be derived for structs"));
    };
    if !input.generics.params.is_empty() {
        return Err(syn::Error::new_spanned(&input.generics, "HostType cannot be derived for generic structs"));
    }
    let fields = match &data.fields {
        Fields::Named(fields) => fields.named.iter().map(member).collect::<syn::Result<Vec<_>>>()?,
        Fields::Unit => Vec::new(),
        Fields::Unnamed(fields) => {
            return Err(syn::Error::new_spanned(fields, "HostType needs fields with names"));
        }
    };
    let object = &input.ident;
    let name = Options::of(&input.attrs)?.name.unwrap_or_else(|| object.to_string());
    Ok(quote! {
        impl ::ruff_core::ScriptObject for #object {
            fn host_type() -> ::ruff_core::HostType<#object> {
                ::ruff_core::HostType::<#object>::new(#name) #(#fields)*
            }
        }
    })
}

/// The calls of the builder for a field.
fn member(field: &Field) -> syn::Result<Tokens> {
    let options = Options::of(&field.attrs)?;
    let (Some(ident), kind) = (&field.ident, &field.ty) else { return Ok(Tokens::new()) };
    let name = options.name.unwrap_or_else(|| ident.to_string().trim_start_matches("r#").to_owned());
    Ok(if options.skip {
        Tokens::new()
    } else if options.part {
        quote! { .part::<#kind>(#name, |object| &object.#ident, |object| &mut object.#ident) }
    } else {
        let set = (!options.readonly)
            .then(|| quote! { .setter(#name, |object: &mut Self, value: #kind| { object.#ident = value; }) });
        quote! { .getter(#name, |object: &Self| ::core::clone::Clone::clone(&object.#ident)) #set }
    })
}
