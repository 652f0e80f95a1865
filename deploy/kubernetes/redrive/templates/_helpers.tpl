{{- define "redrive.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "redrive.labels" -}}
{{ include "redrive.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "redrive.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{/* Instances that can have work: one thread takes at least one partition. */}}
{{- define "redrive.maxInstances" -}}
{{- $config := fromYaml .Values.config -}}
{{- with $config.Error }}{{ fail (printf "config is not YAML: %s" .) }}{{ end -}}
{{- $partitions := dig "topics" "partitions" 6 $config -}}
{{- $threads := dig "streams" "threads" 1 $config -}}
{{- divf $partitions $threads | ceil -}}
{{- end }}

{{/* Asks /health/PATH of the management port. The token never stands among the arguments: the shell reads it. */}}
{{- define "redrive.probe" -}}
exec:
  command:
    - bash
    - -c
    - >-
      exec 3<>/dev/tcp/127.0.0.1/9464
      && printf 'GET {{ . }} HTTP/1.0\r\nAuthorization: Bearer %s\r\n\r\n' "$(</run/secrets/management/token)" >&3
      && read -r _ status _ <&3 && [ "$status" = 200 ]
{{- end }}
